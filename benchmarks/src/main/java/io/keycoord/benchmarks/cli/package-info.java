/** The command line of the benchmarks and their report. */
@NullMarked
package io.keycoord.benchmarks.cli;

import org.jspecify.annotations.NullMarked;
