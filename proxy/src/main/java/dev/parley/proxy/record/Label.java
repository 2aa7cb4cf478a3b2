package dev.parley.proxy.record;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A text that is logged often: a name from the configuration, a code, the address of a connection. It is escaped for
 * JSON once, where it is made, and copied from then on.
 */
public final class Label {
    /** Longer texts are cut in the log, so that a line has a bound. */
    static final int MOST_BYTES = 512;

    private final String text;
    private final byte[] json;

    private Label(String text, byte[] json) {
        this.text = text;
        this.json = json;
    }

    public static Label of(String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        int length = Math.min(utf8.length, MOST_BYTES);
        byte[] json = new byte[length * JsonText.MOST_PER_BYTE];
        return new Label(text, Arrays.copyOf(json, JsonText.escape(utf8, 0, length, json, 0)));
    }

    public String text() {
        return text;
    }

    /** The text as the inside of a JSON string. Not to be changed. */
    byte[] json() {
        return json;
    }

    @Override
    public String toString() {
        return text;
    }
}
