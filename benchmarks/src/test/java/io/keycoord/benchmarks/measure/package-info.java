@NullMarked
package io.keycoord.benchmarks.measure;

import org.jspecify.annotations.NullMarked;
