package io.keycoord.console.batch.file;

/**
 * What makes an input another one.
 *
 * @param sha256 digest of the whole file, in hexadecimal
 * @param bytes its size
 */
public record InputIdentity(String sha256, long bytes) {}
