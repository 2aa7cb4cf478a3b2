package dev.parley.cli.status;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads JSON (RFC 8259) into maps, lists, strings, doubles and booleans. Members that are null are left out, as nobody here asks
 * for them. What is not JSON is an exception.
 */
final class JsonReader {
    /** Deeper than {@code /status} is by far; without a bound an answer could exhaust the stack. */
    private static final int DEEPEST = 32;

    private final String text;
    private int at;
    private int depth;

    private JsonReader(String text) {
        this.text = text;
    }

    /** @throws NotJson where it is none, or no object, or too deep */
    static Map<String, Object> object(String text) throws NotJson {
        JsonReader reader = new JsonReader(text);
        Object value = reader.value();
        reader.skipSpace();
        if (reader.at != text.length()) {
            throw reader.unexpected("the end");
        }
        if (value instanceof Map) {
            return members(value);
        }
        throw reader.unexpected("an object");
    }

    /** A text that is not what it should be. */
    static final class NotJson extends Exception {
        NotJson(String message) {
            super(message);
        }
    }

    @SuppressWarnings("unchecked") // Maps are made below alone, and have no others.
    static Map<String, Object> members(Object object) {
        return (Map<String, Object>) object;
    }

    private @Nullable Object value() throws NotJson {
        skipSpace();
        return switch (peek()) {
            case '{' -> nested(this::objectMembers);
            case '[' -> nested(this::elements);
            case '"' -> string();
            case 't' -> word("true", true);
            case 'f' -> word("false", false);
            case 'n' -> word("null", null);
            default -> number();
        };
    }

    private interface Part {
        Object read() throws NotJson;
    }

    private Object nested(Part part) throws NotJson {
        if (++depth > DEEPEST) {
            throw unexpected("no more than " + DEEPEST + " levels");
        }
        at++;
        Object value = part.read();
        at++;
        depth--;
        return value;
    }

    private Map<String, Object> objectMembers() throws NotJson {
        Map<String, Object> members = new LinkedHashMap<>();
        for (boolean first = true; !ends('}', first); first = false) {
            skipSpace();
            String key = string();
            skipSpace();
            expect(':');
            Object value = value();
            if (value != null) {
                members.put(key, value);
            }
        }
        return members;
    }

    private List<Object> elements() throws NotJson {
        List<Object> elements = new ArrayList<>();
        for (boolean first = true; !ends(']', first); first = false) {
            Object value = value();
            if (value != null) {
                elements.add(value);
            }
        }
        return elements;
    }

    /** Whether the closing mark is next; else takes the comma that must be there, but for the first part. */
    private boolean ends(char mark, boolean first) throws NotJson {
        skipSpace();
        if (peek() == mark) {
            return true;
        }
        if (!first) {
            expect(',');
        }
        return false;
    }

    private String string() throws NotJson {
        expect('"');
        int from = at;
        while (peek() != '"' && peek() != '\\') {
            at++;
        }
        if (peek() == '"') {
            return text.substring(from, at++);
        }
        StringBuilder unescaped = new StringBuilder(text.substring(from, at));
        while (peek() != '"') {
            char c = text.charAt(at++);
            unescaped.append(c == '\\' ? escaped() : c);
        }
        at++;
        return unescaped.toString();
    }

    private char escaped() throws NotJson {
        char c = peek();
        at++;
        return switch (c) {
            case '"', '\\', '/' -> c;
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'u' -> {
                at += 4;
                try {
                    yield (char) Integer.parseInt(text, at - 4, at, 16);
                } catch (NumberFormatException | IndexOutOfBoundsException malformed) {
                    throw unexpected("four hex digits");
                }
            }
            default -> throw unexpected("an escape");
        };
    }

    private @Nullable Object word(String word, @Nullable Object meaning) throws NotJson {
        if (!text.startsWith(word, at)) {
            throw unexpected(word);
        }
        at += word.length();
        return meaning;
    }

    private Double number() throws NotJson {
        int from = at;
        while (at < text.length() && "+-.0123456789eE".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
        try {
            return Double.valueOf(text.substring(from, at));
        } catch (NumberFormatException malformed) {
            throw unexpected("a value");
        }
    }

    private void skipSpace() {
        while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
    }

    private void expect(char mark) throws NotJson {
        if (peek() != mark) {
            throw unexpected("'" + mark + "'");
        }
        at++;
    }

    private char peek() throws NotJson {
        if (at >= text.length()) {
            throw unexpected("more");
        }
        return text.charAt(at);
    }

    private NotJson unexpected(String wanted) {
        return new NotJson("not JSON at character %d: %s was expected".formatted(Math.min(at, text.length()), wanted));
    }
}
