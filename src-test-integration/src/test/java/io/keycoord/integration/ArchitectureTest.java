package io.keycoord.integration;

import static com.tngtech.archunit.core.domain.JavaAccess.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.type;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.name;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import io.keycoord.ApiSecret;
import java.util.regex.Pattern;

/** The one-way rule: what each package is allowed to know. */
@AnalyzeClasses(packages = "io.keycoord", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
    private static final String API = "io.keycoord";
    private static final String REDIS = "io.keycoord.redis";
    private static final String OKHTTP = "io.keycoord.sdk.okhttp..";
    private static final String JDK = "io.keycoord.sdk.jdk..";
    private static final String LANGCHAIN4J = "io.keycoord.sdk.langchain4j..";
    private static final String JTOKKIT = "io.keycoord.sdk.jtokkit..";
    private static final String ANTHROPIC = "io.keycoord.sdk.anthropic..";
    private static final String CONSOLE = "io.keycoord.console..";
    private static final String SIMULATOR = "io.keycoord.simulator..";
    private static final String EMBEDDED = "io.keycoord.embedded..";
    private static final String TESTING = "io.keycoord.testing..";
    private static final String MODEL = "io.keycoord.model..";

    @ArchTest
    static final ArchRule theApiKnowsOnlyTheJdk = classes()
            .that()
            .resideInAPackage(API)
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(API, "java..", "org.jspecify..");

    /** So that either client may be absent: beside these, only the builder names their types, where a user hands one in. */
    @ArchTest
    static final ArchRule onlyTheJedisClassesKnowJedis = noClasses()
            .that()
            .resideOutsideOfPackage(CONSOLE)
            .and()
            .haveNameNotMatching(Pattern.quote(REDIS) + "\\.(Jedis[\\w$]+|RedisKeyCoordinatorBuilder)")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("redis.clients..");

    @ArchTest
    static final ArchRule onlyTheRedissonClassesKnowRedisson = noClasses()
            .that()
            .haveNameNotMatching(Pattern.quote(REDIS) + "\\.(Redisson[\\w$]+|RedisKeyCoordinatorBuilder)")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("org.redisson..");

    @ArchTest
    static final ArchRule onlyTheOkHttpPackageAndTheAdaptersKnowOkHttp = noClasses()
            .that()
            .resideOutsideOfPackages(OKHTTP, LANGCHAIN4J, ANTHROPIC, CONSOLE)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("okhttp3..", "okio..");

    /** So that either library may be absent. */
    @ArchTest
    static final ArchRule onlyItsAdapterKnowsLangChain4j = noClasses()
            .that()
            .resideOutsideOfPackage(LANGCHAIN4J)
            .should()
            .dependOnClassesThat()
            .resideInAPackage("dev.langchain4j..");

    @ArchTest
    static final ArchRule onlyItsAdapterKnowsAnthropicJava = noClasses()
            .that()
            .resideOutsideOfPackage(ANTHROPIC)
            .should()
            .dependOnClassesThat()
            .resideInAPackage("com.anthropic..");

    @ArchTest
    static final ArchRule onlyItsAdapterKnowsJtokkit = noClasses()
            .that()
            .resideOutsideOfPackage(JTOKKIT)
            .should()
            .dependOnClassesThat()
            .resideInAPackage("com.knuddels..");

    @ArchTest
    static final ArchRule theCoreKnowsNeitherSdkNorTools = noClasses()
            .that()
            .resideInAnyPackage(API, "io.keycoord.config..", "io.keycoord.redis..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.keycoord.sdk..", CONSOLE, SIMULATOR, EMBEDDED);

    @ArchTest
    static final ArchRule theSdkKnowsNoTools = noClasses()
            .that()
            .resideInAPackage("io.keycoord.sdk..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.keycoord.redis..", CONSOLE, SIMULATOR, EMBEDDED);

    /** It judges what the rest does, so it must not share the rest's mistakes. */
    @ArchTest
    static final ArchRule theSimulatorKnowsNoOtherModule = noClasses()
            .that()
            .resideInAPackage(SIMULATOR)
            .should()
            .dependOnClassesThat(resideInAPackage("io.keycoord..").and(resideOutsideOfPackage(SIMULATOR)));

    @ArchTest
    static final ArchRule theEmbeddedRedisKnowsNoOtherModule = classes()
            .that()
            .resideInAPackage(EMBEDDED)
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(
                    EMBEDDED,
                    "java..",
                    "javax.net.ssl..",
                    "org.jspecify..",
                    "org.slf4j..",
                    "org.junit..",
                    "org.testcontainers..");

    /** It is held against the scripts, and must not share the coordinator's mistakes. */
    @ArchTest
    static final ArchRule theReferenceModelKnowsOnlyTheJdk = classes()
            .that()
            .resideInAPackage(MODEL)
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(MODEL, "java..", "org.jspecify..");

    @ArchTest
    static final ArchRule onlyTestsKnowWhatIsForTests = noClasses()
            .that()
            .resideOutsideOfPackages(TESTING, MODEL)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(TESTING, MODEL);

    @ArchTest
    static final ArchRule onlyTheTransportsRevealSecrets = noClasses()
            .that()
            .resideOutsideOfPackages(OKHTTP, JDK)
            .should()
            .accessTargetWhere(target(owner(type(ApiSecret.class))).and(target(name("reveal"))));

    @ArchTest
    static final ArchRule packagesFormNoCycles =
            slices().matching("io.keycoord.(**)").should().beFreeOfCycles();
}
