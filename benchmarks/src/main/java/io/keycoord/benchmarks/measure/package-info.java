/** The measurements and their results; each measurement is one class. */
@NullMarked
package io.keycoord.benchmarks.measure;

import org.jspecify.annotations.NullMarked;
