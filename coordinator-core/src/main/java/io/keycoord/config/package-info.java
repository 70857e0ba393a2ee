/**
 * The configuration of pools, accounts, keys and limits: records, and their loading from JSON. Every mistake is told
 * with its place in the document, the value, and what was expected.
 */
@NullMarked
package io.keycoord.config;

import org.jspecify.annotations.NullMarked;
