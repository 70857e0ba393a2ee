@NullMarked
package io.keycoord.console;

import org.jspecify.annotations.NullMarked;
