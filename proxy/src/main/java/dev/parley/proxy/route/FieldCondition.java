package dev.parley.proxy.route;

import dev.parley.model.ValueMatch;
import dev.parley.wire.head.FieldBlock;
import dev.parley.wire.head.FieldId;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** A header that has to be there, with a value that meets a condition. Of a repeated header, any one field is enough. */
final class FieldCondition {
    private final Name name;
    private final ValueCondition value;

    private FieldCondition(Name name, ValueCondition value) {
        this.name = name;
        this.value = value;
    }

    static FieldCondition of(String name, ValueMatch value) {
        return new FieldCondition(Name.of(name), ValueCondition.of(value));
    }

    boolean holds(FieldBlock fields) {
        for (int field = name.first(fields); field >= 0; field = name.after(fields, field)) {
            if (value.holds(fields.bytes(), fields.valueFrom(field), fields.valueTo(field))) {
                return true;
            }
        }
        return false;
    }

    String name() {
        return name.text;
    }

    ValueCondition value() {
        return value;
    }

    /** The name of a header in lower case, in the forms in which a block of fields is asked for it. */
    static final class Name {
        private final String text;
        private final byte[] bytes;
        private final int id;

        private Name(String text, byte[] bytes, int id) {
            this.text = text;
            this.bytes = bytes;
            this.id = id;
        }

        static Name of(String name) {
            String text = name.toLowerCase(Locale.ROOT);
            byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
            return new Name(text, bytes, FieldId.of(bytes, 0, bytes.length));
        }

        /** The first field of that name, or -1. */
        int first(FieldBlock fields) {
            return id == FieldId.OTHER ? fields.find(bytes) : fields.find(id);
        }

        /** The next field of that name, or -1. */
        int after(FieldBlock fields, int field) {
            return fields.find(bytes, field);
        }

        /** How many fields have that name, counted no further than {@code most}. */
        int count(FieldBlock fields, int most) {
            int count = 0;
            for (int field = first(fields); field >= 0 && count < most; field = after(fields, field)) {
                count++;
            }
            return count;
        }

        /** The field of that name at this place among them, which has to exist. */
        int nth(FieldBlock fields, int place) {
            int field = first(fields);
            for (int i = 0; i < place; i++) {
                field = after(fields, field);
            }
            return field;
        }
    }
}
