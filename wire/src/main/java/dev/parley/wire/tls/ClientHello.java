package dev.parley.wire.tls;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a client says first (RFC 8446 section 4.1.2).
 *
 * @param serverName the name that it asks for (RFC 6066 section 3), in lower case; null where it names none
 * @param protocols the application protocols that it offers (RFC 7301), its favourite first; empty where it offers none
 * @param tls12 whether it speaks TLS 1.2
 * @param tls13 whether it speaks TLS 1.3
 */
public record ClientHello(@Nullable String serverName, List<String> protocols, boolean tls12, boolean tls13) {
    public ClientHello {
        protocols = List.copyOf(protocols);
    }
}
