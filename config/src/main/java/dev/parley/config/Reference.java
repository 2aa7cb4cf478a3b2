package dev.parley.config;

import dev.parley.config.Shape.Part;
import dev.parley.model.Configuration;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.Collectors;

/**
 * The page docs/reference/configuration.md, made from the model, so that it cannot be out of date: one table for each
 * record.
 */
public final class Reference {
    private final Vocabulary vocabulary = new Vocabulary();
    private final StringBuilder page = new StringBuilder();

    private Reference() {}

    /** The page as Markdown, the same text each time. */
    public static String generate() {
        Reference reference = new Reference();
        reference.page.append("""
                # Configuration

                Every setting, its default, and the peer or document whose default that is. `NAME` stands for a name
                that you choose: 1 to 63 of `a-z`, `0-9`, `.`, `_` and `-`, with a letter or digit at both ends.

                A configuration is a YAML or JSON file of at most 16 MiB, or a folder of them, whose files directly in
                it that end with `.yaml`, `.yml` or `.json` are joined by name. A single value may stand where a list is
                expected. Durations are a whole number with `ns`, `us`, `ms`, `s`, `m`, `h` or `d`; sizes a whole
                number of bytes, or one with `KiB`, `MiB` or `GiB`. Unknown keys are refused.

                This page is made from the model: do not edit it.
                """);
        reference.section(Configuration.class, "");
        return reference.page.toString();
    }

    private void section(Type type, String path) {
        if (type instanceof ParameterizedType generic) {
            Type[] of = generic.getActualTypeArguments();
            boolean list = generic.getRawType() == List.class;
            section(of[of.length - 1], Shape.isMap(type) ? path + ".NAME" : list ? path + "[]" : path);
            return;
        }
        Class<?> plain = (Class<?>) type;
        if (vocabulary.isWord(plain) || vocabulary.shape(plain).settings().isEmpty()) {
            return;
        }
        Shape shape = vocabulary.shape(plain);
        page.append('\n')
                .append(path.isEmpty() ? "## Top level" : "## `" + path + "`")
                .append("\n\n");
        page.append("| setting | value | meaning | default | source |\n|---|---|---|---|---|\n");
        shape.settings().forEach(this::row);
        shape.settings().forEach(part -> section(part.type(), Binder.join(path, part.key())));
    }

    private void row(Part part) {
        String cells = List.of(
                        "`" + part.key() + "`",
                        cell(value(part.type())),
                        cell(part.setting().value()),
                        defaultCell(part),
                        cell(part.setting().source()))
                .stream()
                .collect(Collectors.joining(" | ", "| ", " |"));
        page.append(cells).append('\n');
    }

    private String value(Type type) {
        if (type instanceof ParameterizedType generic) {
            Type[] of = generic.getActualTypeArguments();
            if (Shape.isMap(type)) {
                return "map of " + value(of[1]);
            }
            return generic.getRawType() == List.class ? "list of " + value(of[0]) : value(of[0]);
        }
        Class<?> plain = (Class<?>) type;
        if (plain.isEnum()) {
            return String.join(", ", Shape.words(plain).keySet());
        }
        String name = vocabulary.isWord(plain) || plain == OptionalInt.class
                ? vocabulary.describe(plain)
                : Shape.snake(plain.getSimpleName()).replace('_', ' ');
        int detail = name.indexOf(" with its");
        return (detail < 0 ? name : name.substring(0, detail)).replaceFirst("^an? ", "");
    }

    private String defaultCell(Part part) {
        return part.defaultText()
                .map(text -> text.equals("{}") ? "see below" : text.isEmpty() ? "empty" : "`" + text + "`")
                .orElseGet(() -> vocabulary.emptyOf(part.type()) == null ? "**required**" : "none");
    }

    private static String cell(String text) {
        return text.replace("|", "\\|").replace("*.", "\\*.").replace("<", "&lt;");
    }
}
