package dev.parley.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** Rewrite the page with {@code -Dreference.write=true}. */
class ReferenceTest {
    private static final Path PAGE = Path.of("../docs/reference/configuration.md");

    @Test
    void committedPageIsTheModels() throws IOException {
        if (Boolean.getBoolean("reference.write")) {
            Files.createDirectories(PAGE.resolveSibling(""));
            Files.writeString(PAGE, Reference.generate());
        }
        assertThat(PAGE).content().isEqualTo(Reference.generate());
    }
}
