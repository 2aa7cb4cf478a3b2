package dev.parley.model;

import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Who listens where. With {@code SO_REUSEPORT} the system would let two listeners bind one address and spread clients
 * over both, so a conflict has to be found here.
 */
final class AddressClaims {
    /** {@code sun_path} of unix(7) has 108 bytes, the last of them zero. */
    private static final int LONGEST_SOCKET_PATH = 107;

    private final List<Problem> problems;
    private final Map<Port, Map<InetAddress, String>> ports = new HashMap<>();
    private final Map<String, String> sockets = new HashMap<>();

    /** TCP and UDP number their ports apart. */
    private record Port(boolean udp, int number) {}

    AddressClaims(List<Problem> problems) {
        this.problems = problems;
    }

    void inet(String path, String address, boolean udp, int port) {
        InetAddress literal;
        try {
            literal = InetAddress.ofLiteral(address);
        } catch (IllegalArgumentException notAnAddress) {
            problems.add(new Problem(
                    "wrong-value",
                    path + ".address",
                    "'%s' is not an IP address.".formatted(address),
                    "Listening on a name would depend on what DNS says at the moment.",
                    "Write 127.0.0.1, 0.0.0.0 or ::, or the address of an interface."));
            return;
        }
        if (port == 0) {
            return; // The system takes one that is free.
        }
        Map<InetAddress, String> claims = ports.computeIfAbsent(new Port(udp, port), p -> new LinkedHashMap<>());
        String other = claims.entrySet().stream()
                .filter(claim -> overlap(claim.getKey(), literal))
                .map(Map.Entry::getValue)
                .findFirst()
                .orElse("");
        if (other.isEmpty()) {
            claims.put(literal, path);
        } else {
            conflict(path, "port %d of %s is taken by %s.".formatted(port, literal.getHostAddress(), other));
        }
    }

    /** A wildcard takes the port on all addresses, and {@code ::} on those of IPv4 too. */
    private static boolean overlap(InetAddress one, InetAddress other) {
        if (one.equals(other)) {
            return true;
        }
        boolean sameFamily = one.getClass() == other.getClass();
        return covers(one, sameFamily) || covers(other, sameFamily);
    }

    private static boolean covers(InetAddress address, boolean sameFamily) {
        return address.isAnyLocalAddress() && (sameFamily || address.getAddress().length == 16);
    }

    void unix(String path, String socket) {
        if (socket.isEmpty()
                || socket.indexOf('\0') >= 0
                || socket.getBytes(StandardCharsets.UTF_8).length > LONGEST_SOCKET_PATH) {
            problems.add(new Problem(
                    "wrong-value",
                    path + ".unix",
                    "this is not the path of a Unix socket.",
                    "The system takes 1 to %d bytes.".formatted(LONGEST_SOCKET_PATH),
                    "Choose a shorter folder, such as /run/parley."));
            return;
        }
        String other = sockets.putIfAbsent(socket, path);
        if (other != null) {
            conflict(path, "the socket %s is taken by %s.".formatted(socket, other));
        }
    }

    private void conflict(String path, String what) {
        problems.add(new Problem(
                "address-conflict",
                path,
                what,
                "Clients would reach the one or the other at random.",
                "Give one of them another port, address or socket."));
    }
}
