/** {@code keycoord demo}: several worker JVMs, a simulated provider and Redis on one machine, and a report at the end. */
@NullMarked
package io.keycoord.console.demo;

import org.jspecify.annotations.NullMarked;
