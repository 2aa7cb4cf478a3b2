package dev.parley.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.cli.Program;
import dev.parley.config.ConfigReader;
import dev.parley.config.Loaded;
import dev.parley.model.Problem;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class AssemblyTest {
    @Test
    void saysWhichRouteCannotBeMatchedAndStartsNothing() {
        Loaded loaded = ConfigReader.create().readText("parley.yaml", """
                admin: { enabled: false }
                access_log: none
                listeners:
                  edge: { port: 0 }
                services:
                  hello: { endpoints: [127.0.0.1:9] }
                routes:
                  hello: { listener: edge, path: { regex: "/(abcd){600}" }, to: hello }
                """);
        assertThat(loaded)
                .isInstanceOfSatisfying(
                        Loaded.Accepted.class,
                        accepted -> assertThat(start(accepted))
                                .isInstanceOfSatisfying(
                                        Program.CannotStart.class,
                                        refused -> assertThat(refused.problems())
                                                .singleElement()
                                                .extracting(Problem::what)
                                                .asString()
                                                .contains("at most 1000")));
    }

    private static Program.Start start(Loaded.Accepted accepted) {
        try {
            return new Assembly(WarmUp.Amount.NONE).up(new Program.UpOptions(Path.of("parley.yaml"), accepted));
        } catch (InterruptedException interrupted) {
            throw new AssertionError(interrupted);
        }
    }
}
