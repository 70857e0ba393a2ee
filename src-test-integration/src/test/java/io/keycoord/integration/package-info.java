/** Tests that need several modules at once. */
@NullMarked
package io.keycoord.integration;

import org.jspecify.annotations.NullMarked;
