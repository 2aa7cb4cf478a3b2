package dev.parley.config;

import java.util.Iterator;
import java.util.List;
import java.util.Map;

/** Writes maps, lists, texts, numbers and truth values as indented JSON. */
final class Json {
    private Json() {}

    static String write(Object value) {
        StringBuilder out = new StringBuilder();
        write(value, "\n", out);
        return out.append('\n').toString();
    }

    private static void write(Object value, String indent, StringBuilder out) {
        switch (value) {
            case Map<?, ?> map -> map(map, indent, out);
            case List<?> list -> list(list, out);
            case String text -> text(text, out);
            default -> out.append(value);
        }
    }

    private static void map(Map<?, ?> map, String indent, StringBuilder out) {
        if (map.isEmpty()) {
            out.append("{}");
            return;
        }
        char before = '{';
        for (Map.Entry<?, ?> entry : map.entrySet()) {
            out.append(before).append(indent).append("  ");
            text(String.valueOf(entry.getKey()), out);
            out.append(": ");
            write(entry.getValue(), indent + "  ", out);
            before = ',';
        }
        out.append(indent).append('}');
    }

    /** Lists in schemas are short, and stand on one line. */
    private static void list(List<?> list, StringBuilder out) {
        out.append('[');
        for (Iterator<?> items = list.iterator(); items.hasNext(); ) {
            StringBuilder item = new StringBuilder();
            write(items.next(), "\n", item);
            out.append(item.toString().replaceAll("\n *", " ")).append(items.hasNext() ? ", " : "");
        }
        out.append(']');
    }

    private static void text(String text, StringBuilder out) {
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                out.append('\\').append(c);
            } else if (c < ' ') {
                out.append("\\u%04x".formatted((int) c));
            } else {
                out.append(c);
            }
        }
        out.append('"');
    }
}
