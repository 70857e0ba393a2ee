/** Client libraries as their users have them, over leased keys, against a provider that enforces limits of its own. */
@NullMarked
package io.keycoord.clients;

import org.jspecify.annotations.NullMarked;
