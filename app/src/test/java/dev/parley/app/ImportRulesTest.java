package dev.parley.app;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.ArchConfiguration;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** The import rules of ARCHITECTURE.md. */
class ImportRulesTest {
    private static final JavaClasses PARLEY = parley();

    private static JavaClasses parley() {
        // The rules ask for names of packages alone, so that libraries need not be read.
        ArchConfiguration.get().setResolveMissingDependenciesFromClassPath(false);
        return new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                .importPackages("dev.parley");
    }

    @Test
    void modelKnowsTheJdkAlone() {
        classes()
                .that()
                .resideInAPackage("dev.parley.model..")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage("dev.parley.model..", "java..", "javax.security.auth.x500", "org.jspecify..")
                .check(PARLEY);
    }

    @Test
    void wireKnowsNoSocketAndNoLibrary() {
        classes()
                .that()
                .resideInAPackage("dev.parley.wire..")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(
                        "dev.parley.wire..",
                        "java.lang..",
                        "java.util..",
                        "java.nio",
                        "java.nio.charset",
                        "java.net",
                        "org.jspecify..")
                .check(PARLEY);
        noClasses()
                .that()
                .resideInAPackage("dev.parley.wire..")
                .should()
                .dependOnClassesThat()
                .haveNameMatching("java\\.net\\..*Socket")
                .check(PARLEY);
    }

    @Test
    void proxyKnowsNeitherFilesNorCommands() {
        mayNotSee("proxy", "config", "control", "cli", "demo", "app");
    }

    @Test
    void stateKnowsNothingOfTraffic() {
        mayNotSee("control", "config", "wire", "telemetry", "proxy", "cli", "demo", "app");
    }

    @Test
    void telemetryKnowsNothingElseOfParley() {
        mayNotSee("telemetry", "model", "config", "wire", "proxy", "cli", "demo", "app");
    }

    @Test
    void commandsReachTheDataPlaneThroughTheirPortAlone() {
        mayNotSee("config", "wire", "telemetry", "proxy", "cli", "demo", "app");
        mayNotSee("cli", "wire", "telemetry", "proxy", "demo", "app");
        mayNotSee("demo", "telemetry", "proxy", "app");
    }

    @Test
    void assemblyFindsTheDemoWithoutKnowingIt() {
        mayNotSee("app", "demo");
    }

    private static void mayNotSee(String module, String... others) {
        for (String other : others) {
            noClasses()
                    .that()
                    .resideInAPackage("dev.parley." + module + "..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAPackage("dev.parley." + other + "..")
                    .check(PARLEY);
        }
    }
}
