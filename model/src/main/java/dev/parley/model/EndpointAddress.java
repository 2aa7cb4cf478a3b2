package dev.parley.model;

/** Where an endpoint is reached. Its text is what users write and what metrics and logs show. */
public sealed interface EndpointAddress {
    /** A host and a TCP port. The host is an IP literal or a name that DNS resolves. */
    record Inet(String host, int port) implements EndpointAddress {
        public Inet {
            Checks.range("port", port, 1, 65535);
        }

        @Override
        public String toString() {
            return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
        }
    }

    /** The path of a Unix socket. */
    record Unix(String path) implements EndpointAddress {
        @Override
        public String toString() {
            return "unix:" + path;
        }
    }

    /**
     * Reads {@code host:port}, {@code [v6]:port} or {@code unix:/path}.
     *
     * @throws IllegalArgumentException when the text is none of them
     */
    @FromText
    static EndpointAddress parse(String text) {
        if (text.startsWith("unix:") && text.length() > 5) {
            return new Unix(text.substring(5));
        }
        int colon = text.lastIndexOf(':');
        String host = colon < 0 ? text : text.substring(0, colon);
        String port = colon < 0 ? "" : text.substring(colon + 1);
        if (host.startsWith("[") && host.endsWith("]")) {
            host = host.substring(1, host.length() - 1);
        } else if (host.indexOf(':') >= 0) {
            throw new IllegalArgumentException("'%s': put an IPv6 address in brackets: [::1]:9001.".formatted(text));
        }
        if (host.isEmpty() || !port.matches("\\d{1,5}")) {
            throw new IllegalArgumentException(
                    "'%s' is not an endpoint. Write host:port, [ipv6]:port or unix:/path.".formatted(text));
        }
        if (!host.matches("[A-Za-z0-9._:%-]{1,253}")) {
            throw new IllegalArgumentException("'%s' is not a host name or an IP address.".formatted(host));
        }
        return new Inet(host, Integer.parseInt(port));
    }
}
