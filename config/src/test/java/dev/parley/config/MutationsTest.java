package dev.parley.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.util.Random;
import org.junit.jupiter.api.Test;

/** Whatever a file holds, reading it answers: it never throws, and a refusal always has its reasons and their places. */
class MutationsTest {
    private static final String TEXT = HelloWorldTest.TEXT + """
              shop:
                listener: edge
                host: [shop.example.com, "*.shop.example.com"]
                path: { regex: "/(a|b)+" }
                method: [GET, POST]
                headers: { x-a: "1", x-b: { regex: "[a-z]*" } }
                to: { payments: 1 }
                rewrite: { path: /x }
                mirror: { service: payments, percent: 5 }
            drain: 5s
            admin: { port: 0 }
            """;
    private static final String[] PIECES = {
        "{",
        "}",
        "[",
        "]",
        ":",
        ": ",
        ",",
        "&a ",
        "*a",
        "- ",
        "\n",
        "  ",
        "\t",
        "\"",
        "'",
        "#",
        "|",
        "~",
        "null",
        "-1",
        "99999999999",
        "!x",
        "? ",
        "---\n",
        "\u0000",
        "\ud83d\ude00",
        "\ud83d",
        "{x}",
        "(",
        "5s",
        "16KiB",
        "%",
        "<<: "
    };

    @Test
    void neverThrow() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int turn = 0; turn < 2000; turn++) {
            StringBuilder text = new StringBuilder(TEXT);
            for (int edit = random.nextInt(3); edit >= 0; edit--) {
                int at = random.nextInt(text.length());
                if (random.nextBoolean()) {
                    text.delete(at, Math.min(text.length() - 1, at + random.nextInt(12)));
                } else {
                    text.insert(at, PIECES[random.nextInt(PIECES.length)]);
                }
            }
            String mutated = text.toString();
            assertThatCode(() -> check(ConfigReader.create().readText("m.yaml", mutated)))
                    .as("seed %d, turn %d:%n%s", seed, turn, mutated)
                    .doesNotThrowAnyException();
        }
    }

    private static void check(Loaded loaded) {
        if (loaded instanceof Loaded.Rejected rejected) {
            assertThat(rejected.problems()).isNotEmpty();
            rejected.problems().forEach(problem -> {
                assertThat(problem.render()).startsWith("m.yaml");
                assertThat(problem.renderWithSource()).contains(problem.render());
            });
        }
    }
}
