package dev.parley.proxy.tls;

import java.util.List;

/** Application protocols by their names in ALPN (IANA). */
public final class Alpn {
    public static final String HTTP_1_1 = "http/1.1";
    public static final String H2 = "h2";

    /** What Parley speaks itself on listeners of HTTP, best first. */
    private static final List<String> HTTP = List.of(H2, HTTP_1_1);

    private Alpn() {}

    /**
     * What a listener offers.
     *
     * @param configured what is asked for; what Parley cannot speak is left out
     * @param http whether the listener speaks HTTP; any protocol is fine where it hands on bytes
     */
    public static List<String> offered(List<String> configured, boolean http) {
        if (!http) {
            return configured;
        }
        return configured.isEmpty()
                ? HTTP
                : configured.stream().filter(HTTP::contains).toList();
    }
}
