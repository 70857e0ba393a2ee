/** What is in {@code deploy/}, tried out on a real server. */
@NullMarked
package io.keycoord.integration.deploy;

import org.jspecify.annotations.NullMarked;
