@NullMarked
package io.keycoord.benchmarks.cli;

import org.jspecify.annotations.NullMarked;
