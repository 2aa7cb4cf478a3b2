package dev.parley.config;

import java.util.ArrayList;
import java.util.List;

/** A value as it was written, with its place: what a file is before the model gives it a meaning. */
sealed interface Yaml {
    Place place();

    /**
     * One word or text.
     *
     * @param plain whether it stands without quotes, so that it may be a number, a truth value or null
     */
    record Scalar(Place place, String text, boolean plain) implements Yaml {
        /** YAML 1.2 core schema, section 10.3.2. */
        boolean isNull() {
            return plain
                    && switch (text) {
                        case "", "~", "null", "Null", "NULL" -> true;
                        default -> false;
                    };
        }
    }

    /** A list. */
    record Items(Place place, List<Yaml> items) implements Yaml {}

    /** A map, its keys in the order of the file and each of them once. */
    record Fields(Place place, List<Field> fields) implements Yaml {
        List<String> keys() {
            List<String> keys = new ArrayList<>(fields.size());
            fields.forEach(field -> keys.add(field.key));
            return keys;
        }
    }

    /** One entry of a map. */
    record Field(String key, Place at, Yaml value) {
        /** Where a problem with the value is shown: at a word itself, at the key of anything longer. */
        Place shown() {
            return value instanceof Scalar scalar && !scalar.isNull() ? scalar.place : at;
        }
    }
}
