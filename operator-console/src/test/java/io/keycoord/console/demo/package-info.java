@NullMarked
package io.keycoord.console.demo;

import org.jspecify.annotations.NullMarked;
