package io.keycoord.embedded;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A redis-server inside a jar, to be run from a file.
 *
 * <p>The file is kept in a directory of the user's under {@code java.io.tmpdir}, which others may write to. So nothing there
 * is trusted: the directory must be a real one that only its owner can enter, and the file's digest must be the known one.
 * A directory that is not so is left alone and another one made.
 *
 * @param resource its name on the class path
 * @param sha256 its digest, in lower-case hexadecimal digits
 */
record BundledServer(String resource, String sha256) {
    private static final String VERSION = "7.0.15";
    private static final Map<String, String> DIGESTS = Map.of(
            "linux-amd64", "c0cdeef856b3410fd99d6ec6fc6a20302e69059b00ce5d6abab7b3e5069ea91e",
            "linux-arm64", "d5c7ff117caf45d7dc2f59c1f956e1830438779947d66aa5647c2cdcc16eca50",
            "linux-386", "19106984e15b7e7ce22c9a3296fe6a5f85c43a72894144f98b1fb572b823a936",
            "darwin-amd64", "e22a3d9147802bba0724efb2e446c49e1e514e76ff8031bb6d44b8628400d8f3",
            "darwin-arm64", "07838a2eb6f5961c89d8e6f1f83482de355dfc6bb04e05bfb00ae1f137dee129");
    private static final Set<PosixFilePermission> OWNER_ONLY = PosixFilePermissions.fromString("rwx------");

    static Optional<BundledServer> forThisPlatform() {
        return Optional.ofNullable(DIGESTS.get(platform()))
                .map(digest -> new BundledServer("redis-server-" + VERSION + "-" + platform(), digest));
    }

    static String platform() {
        String os = System.getProperty("os.name").toLowerCase(Locale.ROOT);
        String arch = System.getProperty("os.arch").toLowerCase(Locale.ROOT);
        return (os.contains("mac") ? "darwin" : os) + "-"
                + switch (arch) {
                    case "x86_64" -> "amd64";
                    case "aarch64" -> "arm64";
                    case "i386", "i686", "x86" -> "386";
                    default -> arch;
                };
    }

    /** The executable file, extracted unless it is there already. */
    Path extracted() {
        return extracted(Path.of(System.getProperty("java.io.tmpdir")));
    }

    Path extracted(Path tmpdir) {
        synchronized (BundledServer.class) {
            try {
                Path dir = privateDirectory(tmpdir);
                Path file = dir.resolve(resource);
                if (!isGood(file)) {
                    extract(dir, file);
                }
                return file;
            } catch (IOException e) {
                throw new RedisStartException("cannot extract redis-server to " + tmpdir + ": " + e, e);
            }
        }
    }

    private static Path privateDirectory(Path tmpdir) throws IOException {
        String user = System.getProperty("user.name", "").replaceAll("[^A-Za-z0-9_-]", "_");
        Path dir = tmpdir.resolve("keycoord-bin-" + user);
        try {
            Files.createDirectory(dir, PosixFilePermissions.asFileAttribute(OWNER_ONLY));
            return dir;
        } catch (FileAlreadyExistsException e) {
            return isOurs(dir, tmpdir) ? dir : throwaway(tmpdir);
        }
    }

    private static boolean isOurs(Path dir, Path tmpdir) throws IOException {
        PosixFileAttributes found = Files.readAttributes(dir, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        Path probe = Files.createTempFile(tmpdir, "keycoord-", ".owner");
        try {
            return found.isDirectory()
                    && found.permissions().equals(OWNER_ONLY)
                    && found.owner().equals(Files.getOwner(probe));
        } finally {
            Files.delete(probe);
        }
    }

    private static Path throwaway(Path tmpdir) throws IOException {
        Path dir = Files.createTempDirectory(tmpdir, "keycoord-bin-");
        Runtime.getRuntime().addShutdownHook(new Thread(() -> new PrivateDirectory(dir).delete(), "delete-" + dir));
        return dir;
    }

    private boolean isGood(Path file) throws IOException {
        return Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
                && Files.isExecutable(file)
                && digest(Files.readAllBytes(file)).equals(sha256);
    }

    private void extract(Path dir, Path file) throws IOException {
        byte[] content;
        try (InputStream in = BundledServer.class.getResourceAsStream("/" + resource)) {
            if (in == null) {
                throw new IOException("no " + resource + " on the class path");
            }
            content = in.readAllBytes();
        }
        if (!digest(content).equals(sha256)) {
            throw new IOException(resource + " on the class path is not the expected one: its SHA-256 is "
                    + digest(content) + ", expected " + sha256);
        }
        Path part =
                Files.createTempFile(dir, "redis-server-", ".part", PosixFilePermissions.asFileAttribute(OWNER_ONLY));
        Files.write(part, content);
        // Others may be starting the same file right now: they see all of it or nothing.
        Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private static String digest(byte[] content) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
