package dev.parley.proxy.snapshot;

import dev.parley.model.Route.HeaderEdit;
import dev.parley.wire.head.FieldBlock;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A route's changes to header fields, compiled to bytes. Names are compared in lower case. */
public final class FieldEdits {
    /** No change. */
    public static final FieldEdits NONE = new FieldEdits(List.of(), List.of());

    private final byte[][] removed;
    private final byte[][] lines;

    private FieldEdits(List<byte[]> removed, List<byte[]> lines) {
        this.removed = removed.toArray(byte[][]::new);
        this.lines = lines.toArray(byte[][]::new);
    }

    static FieldEdits compile(HeaderEdit edit) {
        List<byte[]> removed = new ArrayList<>();
        List<byte[]> lines = new ArrayList<>();
        edit.remove().forEach(name -> removed.add(bytes(name.toLowerCase(Locale.ROOT))));
        edit.set().forEach((name, value) -> {
            removed.add(bytes(name.toLowerCase(Locale.ROOT)));
            lines.add(bytes(name + ": " + value + "\r\n"));
        });
        edit.add().forEach((name, value) -> lines.add(bytes(name + ": " + value + "\r\n")));
        return new FieldEdits(removed, lines);
    }

    /** The same with one more line added: name, colon, value and CRLF. */
    public FieldEdits with(byte[] line) {
        List<byte[]> more = new ArrayList<>(List.of(lines));
        more.add(line);
        return new FieldEdits(List.of(removed), more);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    public boolean none() {
        return removed.length == 0 && lines.length == 0;
    }

    /** Whether field {@code i} of the block is to be left out. */
    public boolean removes(FieldBlock fields, int i) {
        for (byte[] name : removed) {
            if (fields.nameIs(i, name)) {
                return true;
            }
        }
        return false;
    }

    /** What is added: whole lines with CRLF. */
    public byte[][] lines() {
        return lines;
    }
}
