package dev.parley.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.model.Durations;
import java.io.IOException;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Every value that a user gets by saying nothing, as src/test/resources/defaults.txt has it. A change there is a change of behaviour, and belongs in CHANGELOG.md. */
class DefaultsTest {
    @Test
    void areThese() throws ReflectiveOperationException, IOException {
        Loaded loaded = ConfigReader.create().readText("least.yaml", """
                listeners: { l: { port: 1 } }
                services: { s: { endpoints: [a:1], health: {} } }
                routes:
                  r: { listener: l, to: s, mirror: { service: s } }
                  d: { listener: l, path: /d, redirect: {} }
                  w: { listener: l, path: /w, answer: {} }
                """);
        assertThat(loaded).isInstanceOf(Loaded.Accepted.class);
        StringBuilder text = new StringBuilder();
        write("", ((Loaded.Accepted) loaded).configuration(), text);

        Path file = Path.of("src/test/resources/defaults.txt");
        if (Boolean.getBoolean("reference.write")) {
            Files.writeString(file, text);
        }
        assertThat(file).content().isEqualTo(text.toString());
    }

    private static void write(String path, Object value, StringBuilder out) throws ReflectiveOperationException {
        switch (value) {
            case Optional<?> optional when optional.isPresent() -> write(path, optional.get(), out);
            case Map<?, ?> map
            when !map.isEmpty() -> {
                for (Map.Entry<?, ?> entry : map.entrySet()) {
                    write(path + "." + entry.getKey(), entry.getValue(), out);
                }
            }
            case List<?> list when !list.isEmpty() -> write(path + "[0]", list.getFirst(), out);
            case Duration duration -> line(path, Durations.text(duration), out);
            case Record record
            when !new Vocabulary().shape(record.getClass()).settings().isEmpty() -> {
                for (RecordComponent component : record.getClass().getRecordComponents()) {
                    String key = Shape.snake(component.getName());
                    write(Binder.join(path, key), component.getAccessor().invoke(record), out);
                }
            }
            default -> line(path, value.toString(), out);
        }
    }

    private static void line(String path, String value, StringBuilder out) {
        out.append(path).append(": ").append(value).append('\n');
    }
}
