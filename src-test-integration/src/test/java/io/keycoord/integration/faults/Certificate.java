package io.keycoord.integration.faults;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.List;
import javax.net.ServerSocketFactory;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/** A certificate that a server made for itself, as {@code keytool} makes it, and a trust store that holds it. */
final class Certificate {
    private static final String PASSWORD = "changeit";

    private final Path keys;
    private final Path trust;

    private Certificate(Path keys, Path trust) {
        this.keys = keys;
        this.trust = trust;
    }

    /** For a server of these names, such as {@code ip:127.0.0.1}. */
    static Certificate of(Path folder, String names) throws IOException, InterruptedException {
        Path keys = folder.resolve("keys.p12");
        Path trust = folder.resolve("trust.p12");
        Path exported = folder.resolve("redis.crt");
        keytool("-genkeypair -alias redis -keyalg EC -dname CN=redis -validity 2 -ext SAN=" + names, keys);
        keytool("-exportcert -alias redis -file " + exported, keys);
        keytool("-importcert -noprompt -alias redis -file " + exported, trust);
        return new Certificate(keys, trust);
    }

    private static void keytool(String what, Path store) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
        command.addAll(List.of(what.split(" ", -1)));
        command.addAll(List.of("-storetype", "PKCS12", "-storepass", PASSWORD, "-keystore", store.toString()));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new IOException("keytool: " + said);
        }
    }

    /** Listeners that show it. */
    ServerSocketFactory listeners() throws IOException, GeneralSecurityException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(keys)) {
            store.load(in, PASSWORD.toCharArray());
        }
        KeyManagerFactory managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        managers.init(store, PASSWORD.toCharArray());
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(managers.getKeyManagers(), null, null);
        return context.getServerSocketFactory();
    }

    /** Of a JVM that trusts it. */
    String[] options() {
        return new String[] {
            "-Djavax.net.ssl.trustStore=" + trust,
            "-Djavax.net.ssl.trustStoreType=PKCS12",
            "-Djavax.net.ssl.trustStorePassword=" + PASSWORD
        };
    }
}
