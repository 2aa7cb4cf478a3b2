package dev.parley.config;

import dev.parley.config.Yaml.Field;
import dev.parley.config.Yaml.Fields;
import dev.parley.config.Yaml.Items;
import dev.parley.config.Yaml.Scalar;
import dev.parley.model.Durations;
import dev.parley.model.Suggestion;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Type;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads single words: numbers, truth values, texts, enums, durations, and what the model has a short form for. */
final class Scalars {
    private final Vocabulary vocabulary;
    private final Findings findings;

    Scalars(Vocabulary vocabulary, Findings findings) {
        this.vocabulary = vocabulary;
        this.findings = findings;
    }

    /** Reads a short form by the model's own method. */
    @Nullable
    Object read(Method method, Scalar scalar, Field field, String path) {
        try {
            Object value = method.invoke(null, scalar.text());
            return value == null
                    ? null
                    : FileNames.resolved(value, field.shown().source());
        } catch (InvocationTargetException e) {
            findings.add(field.shown(), Refusal.problem(path, Refusal.of(e)));
            return null;
        } catch (IllegalAccessException e) {
            throw new LinkageError(method + " must be public.", e);
        }
    }

    /** Reads a word of a type that the model has no method for. */
    @Nullable
    Object read(Class<?> type, Scalar scalar, Field field, String path) {
        String text = scalar.text();
        if (type == String.class) {
            return text;
        }
        if (type.isEnum()) {
            Map<String, Object> words = Shape.words(type);
            Object word = words.get(text);
            if (word == null) {
                findings.add(
                        field.shown(),
                        "wrong-value",
                        path,
                        "'%s' is not one of %s.".formatted(shortened(text), String.join(", ", words.keySet())),
                        "",
                        Suggestion.didYouMean(text, words.keySet()));
            }
            return word;
        }
        if (type == Duration.class) {
            try {
                return Durations.parse(text);
            } catch (IllegalArgumentException e) {
                findings.add(field.shown(), Refusal.problem(path, e));
                return null;
            }
        }
        if (type == boolean.class && scalar.plain() && (text.equals("true") || text.equals("false"))) {
            return text.equals("true");
        }
        // A leading zero is octal to some readers of YAML and decimal to others, so it is not taken for either.
        if (type != boolean.class && scalar.plain() && text.matches("0|-?[1-9]\\d*")) {
            return number(text, field, path);
        }
        return refuse(type, field, path);
    }

    private @Nullable Object number(String text, Field field, String path) {
        try {
            return Integer.valueOf(text);
        } catch (NumberFormatException e) {
            findings.add(
                    field.shown(),
                    "wrong-value",
                    path,
                    shortened(text) + " is larger than any setting.",
                    "",
                    "Lower it.");
            return null;
        }
    }

    /** Notes that a value has not the form of its type: always null. */
    @Nullable
    Object refuse(Type type, Field field, String path) {
        String found = switch (field.value()) {
            case Scalar scalar when scalar.plain() -> "'" + shortened(scalar.text()) + "'";
            case Scalar scalar -> "the text \"" + shortened(scalar.text()) + "\"";
            case Items items -> "a list";
            case Fields fields -> "a map";
        };
        findings.add(
                field.shown(),
                "wrong-type",
                path,
                found + " is not " + vocabulary.describe(type) + ".",
                "",
                hint(type, field));
        return null;
    }

    private static String hint(Type type, Field field) {
        if (field.value() instanceof Scalar scalar
                && type == int.class
                && scalar.text().matches("[1-9]\\d*")) {
            return "Remove the quotes.";
        }
        if (field.value() instanceof Scalar scalar && scalar.text().matches("0\\d+")) {
            return "Remove the leading zero, which some readers of YAML take for octal.";
        }
        return "";
    }

    /** What a user wrote, cut to what a message has room for. */
    static String shortened(String text) {
        return text.length() <= 60 ? text : text.substring(0, 57) + "...";
    }
}
