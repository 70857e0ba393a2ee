/** What the SDK itself takes for a call: transports that answer at once, and keys that are free. */
@NullMarked
package io.keycoord.benchmarks.sdk;

import org.jspecify.annotations.NullMarked;
