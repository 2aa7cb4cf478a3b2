package dev.parley.proxy.tls;

import io.netty.internal.tcnative.SSL;
import io.netty.internal.tcnative.SSLSession;
import java.util.ArrayDeque;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Sessions that servers gave, to be resumed: it saves both sides the dear part of a handshake. Shared by all loops. Bounds:
 * {@value #MOST_KEYS} peers, the one longest unused forgotten first, and {@value #MOST_EACH} sessions each, for TLS 1.3 has a
 * session used once (RFC 8446 appendix C.4).
 */
final class ClientSessions {
    private static final int MOST_KEYS = 1024;
    private static final int MOST_EACH = 16;

    private final LinkedHashMap<String, ArrayDeque<Long>> byKey = new LinkedHashMap<>(16, 0.75f, true);

    /** Takes ownership of a session; false where it is the caller's still. */
    synchronized boolean keep(String key, long session) {
        ArrayDeque<Long> known = byKey.computeIfAbsent(key, absent -> new ArrayDeque<>());
        known.addLast(session);
        if (known.size() > MOST_EACH) {
            SSLSession.free(known.removeFirst());
        }
        if (byKey.size() > MOST_KEYS) {
            Map.Entry<String, ArrayDeque<Long>> eldest = byKey.firstEntry();
            byKey.remove(eldest.getKey());
            eldest.getValue().forEach(SSLSession::free);
        }
        return true;
    }

    /** Has a connection that is about to begin resume one, where there is one. */
    synchronized void resume(long connection, String key) {
        ArrayDeque<Long> known = byKey.get(key);
        Long last = known == null ? null : known.peekLast();
        if (known == null || last == null) {
            return;
        }
        // The connection has a reference of its own from here on.
        SSL.setSession(connection, last);
        if (SSLSession.shouldBeSingleUse(last)) {
            known.removeLast();
            SSLSession.free(last);
        }
    }

    synchronized void clear() {
        byKey.values().forEach(each -> each.forEach(SSLSession::free));
        byKey.clear();
    }
}
