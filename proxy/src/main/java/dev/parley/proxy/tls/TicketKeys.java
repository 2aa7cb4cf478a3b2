package dev.parley.proxy.tls;

import io.netty.internal.tcnative.SessionTicketKey;
import java.security.SecureRandom;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;

/**
 * The keys of session tickets (RFC 5077, RFC 8446 section 4.6.1), shared by all loops and all contexts of BoringSSL, so that a
 * client may resume at any of them, also after a change of the configuration. They live in this process only.
 *
 * <p>A new one each {@value #HOURS} hours encrypts; the {@value #KEPT} latest decrypt. So a key that leaks opens the sessions of
 * a day and a half at most. HAProxy advises three keys too; nginx makes new ones each ssl_session_timeout.
 */
final class TicketKeys {
    static final int HOURS = 12;
    static final int KEPT = 3;

    private final SecureRandom random = new SecureRandom();
    private final Deque<SessionTicketKey> keys = new ArrayDeque<>();
    private final Set<NativeContext> contexts = new HashSet<>();

    TicketKeys() {
        keys.addFirst(make());
    }

    private SessionTicketKey make() {
        byte[] name = new byte[SessionTicketKey.NAME_SIZE];
        byte[] hmac = new byte[SessionTicketKey.HMAC_KEY_SIZE];
        byte[] aes = new byte[SessionTicketKey.AES_KEY_SIZE];
        random.nextBytes(name);
        random.nextBytes(hmac);
        random.nextBytes(aes);
        return new SessionTicketKey(name, hmac, aes);
    }

    /** A context uses these keys from now on. */
    synchronized void give(NativeContext context) {
        contexts.add(context);
        context.ticketKeys(all());
    }

    /** A context is about to be released. */
    synchronized void forget(NativeContext context) {
        contexts.remove(context);
    }

    /** Has a new key encrypt, and the oldest forgotten. */
    synchronized void rotate() {
        keys.addFirst(make());
        while (keys.size() > KEPT) {
            keys.removeLast();
        }
        contexts.forEach(context -> context.ticketKeys(all()));
    }

    private SessionTicketKey[] all() {
        return keys.toArray(new SessionTicketKey[0]);
    }
}
