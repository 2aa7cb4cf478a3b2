package dev.parley.wire.head;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.junit.jupiter.api.Test;

class FieldIdTest {
    @Test
    void findsEachNameInAnyCase() throws IllegalAccessException {
        int seen = 0;
        for (Field constant : FieldId.class.getDeclaredFields()) {
            boolean isId = Modifier.isPublic(constant.getModifiers())
                    && !constant.getName().equals("COUNT");
            if (isId && !constant.getName().equals("OTHER")) {
                String name = constant.getName().toLowerCase(Locale.ROOT).replace('_', '-');
                assertThat(FieldId.name(constant.getInt(null))).isEqualTo(name);
                assertThat(of(name)).as(name).isEqualTo(constant.getInt(null));
                assertThat(of(name.toUpperCase(Locale.ROOT))).as(name).isEqualTo(constant.getInt(null));
                seen++;
            }
        }
        assertThat(seen).isEqualTo(FieldId.COUNT - 1);
    }

    @Test
    void knowsNoNameWithOneByteChanged() {
        for (int id = 1; id < FieldId.COUNT; id++) {
            byte[] name = FieldId.name(id).getBytes(StandardCharsets.US_ASCII);
            for (int at = 0; at < name.length; at++) {
                byte right = name[at];
                for (int b = 0; b < 256; b++) {
                    name[at] = (byte) b;
                    boolean same = Character.toLowerCase(b) == right && b < 128;
                    int found = FieldId.of(name, 0, name.length);
                    if (same != (found == id) || (found != FieldId.OTHER && !sameText(name, found))) {
                        assertThat(found)
                                .as("%s with byte %d at %d", FieldId.name(id), b, at)
                                .isEqualTo(same ? id : FieldId.OTHER);
                    }
                }
                name[at] = right;
            }
        }
    }

    @Test
    void readsNoByteOutsideTheName() {
        for (int id = 1; id < FieldId.COUNT; id++) {
            byte[] exact = FieldId.name(id).getBytes(StandardCharsets.US_ASCII);
            assertThat(FieldId.of(exact, 0, exact.length)).isEqualTo(id);
            assertThat(FieldId.of(exact, 0, exact.length - 1)).isNotEqualTo(id);
        }
        assertThat(FieldId.of(new byte[0], 0, 0)).isEqualTo(FieldId.OTHER);
    }

    private static int of(String name) {
        byte[] bytes = ("<" + name + ">").getBytes(StandardCharsets.US_ASCII);
        return FieldId.of(bytes, 1, bytes.length - 1);
    }

    private static boolean sameText(byte[] name, int id) {
        return new String(name, StandardCharsets.ISO_8859_1).equalsIgnoreCase(FieldId.name(id));
    }
}
