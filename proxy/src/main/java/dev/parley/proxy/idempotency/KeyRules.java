package dev.parley.proxy.idempotency;

import dev.parley.model.Idempotency;
import dev.parley.proxy.tls.TlsFacts;
import dev.parley.wire.head.FieldBlock;
import dev.parley.wire.head.FieldId;
import dev.parley.wire.head.Method;
import dev.parley.wire.head.RequestHead;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A route's rules for idempotency keys. A key counts for methods that change something: one of a GET, HEAD, OPTIONS or TRACE, or of what
 * asks for a tunnel, is passed on and not looked at. One is required of methods that are not idempotent (RFC 9110 section 9.2.2) alone.
 */
public final class KeyRules {
    private final String route;
    private final Idempotency settings;
    private final byte[] scopeField;

    public KeyRules(String route, Idempotency settings) {
        this.route = route;
        this.settings = settings;
        scopeField = settings.scope().name().getBytes(StandardCharsets.US_ASCII);
    }

    public Idempotency settings() {
        return settings;
    }

    public String route() {
        return route;
    }

    /** What a request's head says of a key. */
    public sealed interface Reading {
        /** There is none, and none is needed. */
        record None() implements Reading {
            static final None INSTANCE = new None();
        }

        /** There is none, and the route requires one. */
        record Missing() implements Reading {
            static final Missing INSTANCE = new Missing();
        }

        /** There is something that is no key. */
        record Invalid() implements Reading {
            static final Invalid INSTANCE = new Invalid();
        }

        /**
         * There is one.
         *
         * @param id tells it apart from the keys of other routes and callers
         * @param fingerprint of the request but for its body, which is to be added
         */
        record Key(byte[] id, Digest fingerprint) implements Reading {}
    }

    /**
     * Reads a request's head.
     *
     * @param address of the client, as text
     * @param tls what the client's connection agreed on; null where it is plain
     */
    public Reading read(RequestHead head, byte[] address, @Nullable TlsFacts tls) {
        FieldBlock fields = head.fields();
        if (safe(head.method()) || head.upgrade() >= 0 || head.protocolFrom() >= 0) {
            return Reading.None.INSTANCE;
        }
        int field = fields.find(FieldId.IDEMPOTENCY_KEY);
        if (field < 0) {
            boolean required = settings.mode() == Idempotency.Mode.REQUIRE && !head.idempotent();
            return required ? Reading.Missing.INSTANCE : Reading.None.INSTANCE;
        }
        byte[] key = fields.repeats(FieldId.IDEMPOTENCY_KEY)
                ? null
                : KeyText.read(fields.bytes(), fields.valueFrom(field), fields.valueTo(field));
        return key == null
                ? Reading.Invalid.INSTANCE
                : new Reading.Key(id(key, fields, address, tls), fingerprint(head));
    }

    private static boolean safe(int method) {
        return method == Method.GET || method == Method.HEAD || method == Method.OPTIONS || method == Method.TRACE;
    }

    private byte[] id(byte[] key, FieldBlock fields, byte[] address, @Nullable TlsFacts tls) {
        Digest id = new Digest().add(route);
        switch (settings.scope().source()) {
            case ALL -> id.add("all");
            case ADDRESS -> id.add("address").add(address);
            case HEADER -> addField(id.add("header"), fields, fields.find(scopeField));
            case CALLER -> addCaller(id, fields, address, tls);
        }
        return id.add(key).end();
    }

    /** What proves most comes first. A secret goes into the hash and nowhere else. */
    private static void addCaller(Digest id, FieldBlock fields, byte[] address, @Nullable TlsFacts tls) {
        TlsFacts.Peer peer = tls == null ? null : tls.peer();
        int authorization = fields.find(FieldId.AUTHORIZATION);
        if (peer != null) {
            id.add("certificate").add(peer.fingerprint());
        } else if (authorization >= 0) {
            addField(id.add("authorization"), fields, authorization);
        } else {
            id.add("address").add(address);
        }
    }

    private static void addField(Digest digest, FieldBlock fields, int i) {
        if (i >= 0) {
            digest.add(fields.bytes(), fields.valueFrom(i), fields.valueTo(i));
        }
    }

    /** Method, host, target and content type; other fields may differ, as a retry's date or trace does. */
    private static Digest fingerprint(RequestHead head) {
        byte[] bytes = head.bytes();
        Digest digest = new Digest();
        digest.add(bytes, head.methodFrom(), head.methodTo());
        digest.add(new String(
                        bytes,
                        head.authorityFrom(),
                        head.authorityTo() - head.authorityFrom(),
                        StandardCharsets.US_ASCII)
                .toLowerCase(Locale.ROOT));
        digest.add(bytes, head.targetFrom(), head.targetTo());
        int type = head.fields().find(FieldId.CONTENT_TYPE);
        digest.add(type < 0 ? "" : "type");
        addField(digest, head.fields(), type);
        return digest;
    }

    /** A claim for a key that was read, with the whole request's fingerprint. */
    public IdempotencyStore.Claim claim(byte[] id, byte[] fingerprint) {
        return new IdempotencyStore.Claim(
                id,
                route,
                fingerprint,
                settings.keep().toMillis(),
                settings.keys(),
                settings.unknown() == Idempotency.Unknown.EXECUTE,
                !settings.duplicateWait().isZero());
    }
}
