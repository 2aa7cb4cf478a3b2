package dev.parley.config;

import dev.parley.config.Shape.Part;
import dev.parley.model.Configuration;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** The shapes of the model, read once by reflection as they are met, and how messages speak of them. */
final class Vocabulary {
    private final Map<Class<?>, Shape> shapes = new HashMap<>();
    private final Map<String, List<String>> homes = new LinkedHashMap<>();

    Shape shape(Class<?> type) {
        return shapes.computeIfAbsent(type, Shape::of);
    }

    /** Whether a value is one word without a method of the model's to read it. */
    boolean isWord(Class<?> type) {
        return type == String.class
                || type == int.class
                || type == Integer.class
                || type == boolean.class
                || type == Duration.class
                || type.isEnum();
    }

    /** What stands for "not given": empty optionals, lists and maps; null for all other types. */
    @Nullable
    Object emptyOf(Type type) {
        if (type == OptionalInt.class) {
            return OptionalInt.empty();
        }
        if (type instanceof ParameterizedType generic) {
            if (generic.getRawType() == Optional.class) {
                return Optional.empty();
            }
            return generic.getRawType() == List.class ? List.of() : Map.of();
        }
        return null;
    }

    /** What a value of a type is, for the sentence "this is not ...". */
    String describe(Type type) {
        if (type instanceof ParameterizedType generic) {
            Type[] of = generic.getActualTypeArguments();
            if (generic.getRawType() == Optional.class) {
                return describe(of[0]);
            }
            return generic.getRawType() == List.class ? describe(of[0]) + ", or a list" : "a map";
        }
        Class<?> plain = (Class<?>) type;
        if (plain == OptionalInt.class || plain == int.class || plain == Integer.class) {
            return "a whole number";
        }
        if (plain == boolean.class) {
            return "true or false";
        }
        if (plain == String.class) {
            return "text";
        }
        if (plain == Duration.class) {
            return "a duration with its unit: 250ms, 2s, 5m, 1h";
        }
        if (plain.isEnum()) {
            return "one of " + String.join(", ", Shape.words(plain).keySet());
        }
        Shape shape = shape(plain);
        if (!shape.keys().isEmpty()) {
            String map = "a map with " + (shape.choices().isEmpty() ? "" : "one of ") + String.join(", ", shape.keys());
            return shape.text().isPresent() ? "text or " + map : map;
        }
        String name = Shape.snake(plain.getSimpleName()).replace('_', ' ');
        String article = "aeiou".indexOf(name.charAt(0)) >= 0 ? "an " : "a ";
        return article + name + (shape.map().isPresent() ? " or a map of names to values" : "");
    }

    /** The maps that have a key, as paths in which NAME stands for a name of the user's. */
    List<String> homesOf(String key) {
        if (homes.isEmpty()) {
            settle(Configuration.class, "");
        }
        return homes.getOrDefault(key, List.of());
    }

    private void settle(Type type, String path) {
        if (type instanceof ParameterizedType generic) {
            Type[] of = generic.getActualTypeArguments();
            boolean map = generic.getRawType() == Map.class;
            settle(of[of.length - 1], map ? path + ".NAME" : path);
            return;
        }
        Class<?> plain = (Class<?>) type;
        if (!isWord(plain)) {
            for (Part part : shape(plain).settings()) {
                homes.computeIfAbsent(part.key(), k -> new ArrayList<>()).add(path.isEmpty() ? "the top level" : path);
                settle(part.type(), Binder.join(path, part.key()));
            }
        }
    }
}
