/** What the documents show, tried out: code is compiled and run, command lines and configurations are read. */
@NullMarked
package io.keycoord.integration.docs;

import org.jspecify.annotations.NullMarked;
