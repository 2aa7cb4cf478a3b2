package dev.parley.config;

import dev.parley.config.Shape.Part;
import dev.parley.model.ByteSize;
import dev.parley.model.Configuration;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;

/**
 * The JSON Schema (draft 2020-12) of a configuration, for editors: descriptions, defaults and forms. It takes all that
 * the reader takes; what needs more than the form of one value to see, only the reader refuses.
 */
public final class JsonSchema {
    private final Vocabulary vocabulary = new Vocabulary();
    private final Map<String, Object> definitions = new TreeMap<>();

    private JsonSchema() {}

    /** The schema as indented JSON, the same text each time. */
    public static String generate() {
        return Json.write(new JsonSchema().whole());
    }

    private Map<String, Object> whole() {
        Map<String, Object> schema = new LinkedHashMap<>();
        schema.put("$schema", "https://json-schema.org/draft/2020-12/schema");
        schema.put("title", "Parley's configuration");
        schema.putAll(record(vocabulary.shape(Configuration.class)));
        schema.put("$defs", definitions);
        return schema;
    }

    private Map<String, Object> record(Shape shape) {
        Map<String, Object> properties = new LinkedHashMap<>();
        List<String> required = new ArrayList<>();
        boolean top = shape.type() == Configuration.class;
        for (Part part : shape.settings()) {
            properties.put(part.key(), property(part, top));
            if (part.defaultText().isEmpty() && vocabulary.emptyOf(part.type()) == null) {
                required.add(part.key());
            }
        }
        Map<String, Object> schema = new LinkedHashMap<>();
        schema.put("type", "object");
        schema.put("properties", properties);
        if (!required.isEmpty()) {
            schema.put("required", required);
        }
        schema.put("additionalProperties", false);
        return schema;
    }

    private Map<String, Object> property(Part part, boolean top) {
        Map<String, Object> schema = new LinkedHashMap<>();
        schema.put("description", part.setting().value());
        schema.putAll(form(part.type()));
        if (top && Shape.isMap(part.type())) {
            schema.put("propertyNames", Map.of("pattern", "^" + Binder.NAME.pattern() + "$"));
        }
        part.defaultText().ifPresent(text -> schema.put("default", defaultValue(part.type(), text)));
        return schema;
    }

    private static Object defaultValue(Type type, String text) {
        if (text.equals("{}")) {
            return Map.of();
        }
        if (type == int.class) {
            return Integer.valueOf(text);
        }
        return type == boolean.class ? (Object) Boolean.valueOf(text) : text;
    }

    /** Every way in which a value of the type may be written. */
    private Map<String, Object> form(Type type) {
        if (type instanceof ParameterizedType generic) {
            Type[] of = generic.getActualTypeArguments();
            Map<String, Object> inner = form(of[of.length - 1]);
            if (Shape.isMap(type)) {
                return object(inner);
            }
            // A scalar is a list of one.
            return generic.getRawType() == List.class
                    ? anyOf(List.of(inner, Map.of("type", "array", "items", inner)))
                    : inner;
        }
        Class<?> plain = (Class<?>) type;
        if (plain == int.class || plain == Integer.class || plain == OptionalInt.class) {
            return Map.of("type", "integer");
        }
        if (plain == boolean.class) {
            return Map.of("type", "boolean");
        }
        if (plain == Duration.class) {
            return anyOf(List.of(pattern("^([0-9]{1,12}(ns|us|ms|s|m|h|d)|0)$"), Map.of("const", 0)));
        }
        if (plain == ByteSize.class) {
            return anyOf(List.of(pattern("^[0-9]{1,15}(B|KiB|MiB|GiB)?$"), Map.of("type", "integer")));
        }
        if (plain.isEnum()) {
            return Map.of("enum", List.copyOf(Shape.words(plain).keySet()));
        }
        return plain == String.class ? text() : named(vocabulary.shape(plain));
    }

    /** A type of the model, defined once and referred to. */
    private Map<String, Object> named(Shape shape) {
        Class<?> outer = shape.type().getEnclosingClass();
        String name = (outer == null ? "" : Shape.snake(outer.getSimpleName()) + ".")
                + Shape.snake(shape.type().getSimpleName());
        if (!definitions.containsKey(name)) {
            List<Map<String, Object>> forms = new ArrayList<>();
            definitions.put(name, Map.of());
            shape.text().ifPresent(method -> forms.add(text()));
            shape.map().ifPresent(map -> forms.add(form(map)));
            if (!shape.settings().isEmpty()) {
                forms.add(record(shape));
            }
            if (!shape.choices().isEmpty()) {
                forms.add(choice(shape));
            }
            definitions.put(name, forms.size() == 1 ? forms.getFirst() : anyOf(forms));
        }
        Map<String, Object> reference = new LinkedHashMap<>();
        reference.put("$ref", "#/$defs/" + name);
        return reference;
    }

    private static Map<String, Object> choice(Shape shape) {
        Map<String, Object> properties = new LinkedHashMap<>();
        shape.keys().forEach(key -> properties.put(key, text()));
        Map<String, Object> schema = new LinkedHashMap<>();
        schema.put("type", "object");
        schema.put("properties", properties);
        schema.put("minProperties", 1);
        schema.put("maxProperties", 1);
        schema.put("additionalProperties", false);
        return schema;
    }

    /** Text may be written without quotes, and then a number or a truth value is text as well. */
    private static Map<String, Object> text() {
        Map<String, Object> schema = new LinkedHashMap<>();
        schema.put("type", List.of("string", "number", "boolean"));
        return schema;
    }

    private static Map<String, Object> pattern(String regex) {
        Map<String, Object> schema = new LinkedHashMap<>();
        schema.put("type", "string");
        schema.put("pattern", regex);
        return schema;
    }

    private static Map<String, Object> object(Map<String, Object> values) {
        Map<String, Object> schema = new LinkedHashMap<>();
        schema.put("type", "object");
        schema.put("additionalProperties", values);
        return schema;
    }

    private static Map<String, Object> anyOf(List<Map<String, Object>> forms) {
        Map<String, Object> schema = new LinkedHashMap<>();
        schema.put("anyOf", forms);
        return schema;
    }
}
