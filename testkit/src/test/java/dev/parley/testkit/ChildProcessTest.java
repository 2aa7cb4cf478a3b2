package dev.parley.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.opentest4j.TestAbortedException;

class ChildProcessTest {
    @Test
    void capturesOutputAndExitCode() throws Exception {
        try (ChildProcess child = ChildProcess.start("sh", "-c", "echo out; echo err >&2; exit 3")) {
            assertThat(child.awaitExit()).isEqualTo(3);
            assertThat(child.awaitOutput("err")).isEqualTo("out\nerr\n");
        }
    }

    @Test
    void endsWhatOutlivesItsTime() throws Exception {
        try (ChildProcess child = ChildProcess.start(Path.of("."), Duration.ofMillis(50), List.of("sleep", "1000"))) {
            assertThat(child.awaitExit()).isEqualTo(128 + 9);
        }
    }

    @Test
    void skipsATestWhoseProgramIsMissing() {
        assertThatThrownBy(() -> Programs.require("no-such-program"))
                .isInstanceOf(TestAbortedException.class)
                .hasMessageContaining("needs the program no-such-program");
        assertThat(Programs.require("sh")).isExecutable();
    }
}
