package dev.parley.proxy.tls;

import java.net.InetAddress;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;

/**
 * Whether a certificate is for a name (RFC 9525): its DNS alternatives, one label for a {@code *} in front; an address by its IP
 * alternatives. The common name counts no longer.
 */
final class CertificateNames {
    private static final int DNS = 2;
    private static final int IP = 7;
    private static final int MOST_SHOWN = 4;

    private CertificateNames() {}

    static boolean matches(X509Certificate certificate, String name) {
        String wanted = name.toLowerCase(Locale.ROOT);
        boolean address = isAddress(wanted);
        for (List<?> each : alternatives(certificate)) {
            String value = String.valueOf(each.get(1)).toLowerCase(Locale.ROOT);
            if (address ? kind(each) == IP && sameAddress(value, wanted) : kind(each) == DNS && covers(value, wanted)) {
                return true;
            }
        }
        return false;
    }

    /** Whether a pattern covers a name: it is the name, or {@code *.} and all of the name but its first label. */
    static boolean covers(String pattern, String name) {
        if (!pattern.startsWith("*.")) {
            return pattern.equals(name);
        }
        int dot = name.indexOf('.');
        return dot > 0 && name.substring(dot).equals(pattern.substring(1));
    }

    /** Whether a text is an address and no name, and so cannot be asked for (RFC 6066 section 3). */
    static boolean isAddress(String text) {
        boolean digitsAndDots = text.chars().allMatch(c -> (c >= '0' && c <= '9') || c == '.');
        return text.indexOf(':') >= 0 || (digitsAndDots && !text.isEmpty());
    }

    static String describe(X509Certificate certificate) {
        List<String> names = new ArrayList<>();
        for (List<?> each : alternatives(certificate)) {
            if (kind(each) == DNS || kind(each) == IP) {
                names.add(String.valueOf(each.get(1)));
            }
        }
        if (names.isEmpty()) {
            return "nobody: it has no DNS name";
        }
        String shown = String.join(", ", names.subList(0, Math.min(MOST_SHOWN, names.size())));
        return names.size() > MOST_SHOWN ? shown + " and others" : shown;
    }

    private static int kind(List<?> alternative) {
        return alternative.getFirst() instanceof Integer kind ? kind : -1;
    }

    private static boolean sameAddress(String one, String other) {
        try {
            return InetAddress.ofLiteral(one).equals(InetAddress.ofLiteral(other));
        } catch (IllegalArgumentException noAddress) {
            return false;
        }
    }

    private static Collection<List<?>> alternatives(X509Certificate certificate) {
        try {
            Collection<List<?>> all = certificate.getSubjectAlternativeNames();
            return all == null ? List.of() : all;
        } catch (CertificateParsingException unreadable) {
            return List.of();
        }
    }
}
