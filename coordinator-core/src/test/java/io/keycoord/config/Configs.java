package io.keycoord.config;

import java.net.URI;
import java.util.List;

/** Small configurations for tests. */
public final class Configs {
    private Configs() {}

    /** A pool of a provider on this machine. */
    public static PoolConfig pool(String id, AccountConfig... accounts) {
        return PoolConfig.of(id, "openai-compatible", URI.create("http://127.0.0.1:8080/v1"), accounts);
    }

    /** A key listed by itself, whose secret is {@code test:<id>}. */
    public static AccountConfig key(String id, LimitConfig... limits) {
        return AccountConfig.of(KeyConfig.of(id, "test:" + id), limits);
    }

    /** A document with one pool {@code p}, whose one key {@code k} stands on line 3, with these limits. */
    public static String documentWithLimits(String limits) {
        return documentWithKey("{\"id\": \"k\", \"secret\": \"env:K\", \"limits\": [" + limits + "]}");
    }

    /** A document with one pool {@code p} of provider openrouter, whose keys stand on line 3. */
    public static String documentWithKey(String keys) {
        return documentWithPool("\"keys\": [" + keys + "]");
    }

    /** A document with one pool {@code p} of provider openrouter, whose further fields stand on line 3. */
    public static String documentWithPool(String fields) {
        return "{\"pools\": [\n  {\"id\": \"p\", \"provider\": \"openrouter\",\n   " + fields + "}\n]}\n";
    }

    /** The limits of the only key of the only pool. */
    public static LimitConfig limits(String json) {
        return CoordinatorConfig.parse(json)
                .pools()
                .get(0)
                .accounts()
                .get(0)
                .limits()
                .get(0);
    }

    /** What is wrong with a document; empty if nothing is. */
    public static List<String> mistakes(String json) {
        try {
            CoordinatorConfig.parse(json);
            return List.of();
        } catch (ConfigException e) {
            return e.mistakes();
        }
    }
}
