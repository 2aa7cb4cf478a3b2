package dev.parley.proxy.snapshot;

import dev.parley.model.Balance.HashKey;
import dev.parley.proxy.balance.KeyHash;
import dev.parley.wire.head.FieldBlock;
import dev.parley.wire.head.FieldId;
import dev.parley.wire.head.RequestHead;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** Where the key of consistent hashing is taken from. A request without it has none, and goes to any endpoint. */
public final class KeySource {
    /** What has no key. */
    private static final long NONE = 0;

    private final HashKey.Source source;
    private final byte[] name;

    private KeySource(HashKey.Source source, byte[] name) {
        this.source = source;
        this.name = name;
    }

    static KeySource of(HashKey key) {
        String name = key.source() == HashKey.Source.HEADER ? key.name().toLowerCase(Locale.ROOT) : key.name();
        return new KeySource(key.source(), name.getBytes(StandardCharsets.UTF_8));
    }

    /** The key of a connection, which has nothing but its client's address. */
    public long of(byte[] clientAddress) {
        return source == HashKey.Source.SOURCE ? KeyHash.of(clientAddress, 0, clientAddress.length) : NONE;
    }

    /** The key of a request. */
    public long of(RequestHead head, byte[] clientAddress) {
        return switch (source) {
            case SOURCE -> of(clientAddress);
            case HEADER -> ofField(head.fields(), head.fields().find(name));
            case COOKIE -> ofCookies(head.fields());
            case QUERY -> head.queryFrom() < 0 ? NONE : ofPairs(head.bytes(), head.queryFrom(), head.queryTo(), '&');
        };
    }

    private static long ofField(FieldBlock fields, int i) {
        return i < 0 ? NONE : KeyHash.of(fields.bytes(), fields.valueFrom(i), fields.valueTo(i));
    }

    private long ofCookies(FieldBlock fields) {
        for (int i = 0; i < fields.count(); i++) {
            if (fields.id(i) == FieldId.COOKIE) {
                long key = ofPairs(fields.bytes(), fields.valueFrom(i), fields.valueTo(i), ';');
                if (key != NONE) {
                    return key;
                }
            }
        }
        return NONE;
    }

    /** The value behind {@code name=} among pairs that are separated by one character and perhaps spaces. */
    private long ofPairs(byte[] bytes, int from, int to, char separator) {
        int at = from;
        while (at < to) {
            while (at < to && bytes[at] == ' ') {
                at++;
            }
            int end = at;
            while (end < to && bytes[end] != separator) {
                end++;
            }
            if (names(bytes, at, end)) {
                return KeyHash.of(bytes, at + name.length + 1, end);
            }
            at = end + 1;
        }
        return NONE;
    }

    private boolean names(byte[] bytes, int from, int to) {
        if (to - from <= name.length || bytes[from + name.length] != '=') {
            return false;
        }
        for (int i = 0; i < name.length; i++) {
            if (bytes[from + i] != name[i]) {
                return false;
            }
        }
        return true;
    }
}
