package dev.parley.model.certificate;

import dev.parley.model.CertificateFiles;
import java.security.PrivateKey;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A certificate with those above it, and its key.
 *
 * @param files where it was read from
 * @param certificates its own first, then those of intermediate authorities
 * @param key its private key
 * @param pkcs8 the same, encoded
 */
public record CertificateChain(
        CertificateFiles files, List<X509Certificate> certificates, PrivateKey key, byte[] pkcs8) {
    private static final int DNS_NAME = 2;
    /** In a name as RFC 2253 writes it; a name of a host has nothing that would be escaped. */
    private static final Pattern COMMON_NAME = Pattern.compile("(?:^|,)CN=([^,+\\\\\"]+)(?=,|$)");

    /**
     * Reads a certificate and its key.
     *
     * @throws UnusableCertificateException where a file is not readable or broken, or the two do not belong together
     */
    public static CertificateChain read(CertificateFiles files) throws UnusableCertificateException {
        PemFile certificate = PemFile.read(files.certificate());
        List<X509Certificate> certificates = List.copyOf(Certificates.of(certificate));
        PemFile keyFile = files.key().equals(files.certificate()) ? certificate : PemFile.read(files.key());
        byte[] pkcs8 = PrivateKeys.pkcs8(keyFile);
        PrivateKey key =
                PrivateKeys.matching(keyFile, pkcs8, certificates.getFirst().getPublicKey(), files.certificate());
        return new CertificateChain(files, certificates, key, pkcs8);
    }

    /** The certificate itself. */
    public X509Certificate leaf() {
        return certificates.getFirst();
    }

    /**
     * The names that it is for, in lower case, {@code *.} in front for any one label: its DNS alternatives, or its common name
     * where it has no alternatives at all (RFC 9525 section 6.3 would have none then; old certificates mean it).
     */
    public List<String> names() {
        List<String> names = new ArrayList<>();
        try {
            Collection<List<?>> alternatives = leaf().getSubjectAlternativeNames();
            if (alternatives == null) {
                return commonName();
            }
            for (List<?> each : alternatives) {
                if (each.getFirst() instanceof Integer kind && kind == DNS_NAME && each.get(1) instanceof String name) {
                    names.add(name.toLowerCase(Locale.ROOT));
                }
            }
        } catch (CertificateParsingException broken) {
            return commonName();
        }
        return names;
    }

    private List<String> commonName() {
        Matcher found = COMMON_NAME.matcher(leaf().getSubjectX500Principal().getName());
        return found.find() ? List.of(found.group(1).toLowerCase(Locale.ROOT)) : List.of();
    }

    /** The earliest end of the certificates: when one of them ends, clients refuse them all. */
    public Instant ends() {
        return certificates.stream()
                .map(each -> each.getNotAfter().toInstant())
                .min(Instant::compareTo)
                .orElse(Instant.MAX);
    }

    /** How much of the certificate's lifetime is left at a time: 1 is all of it, 0 or less none. */
    public double shareLeft(Instant now) {
        Duration whole = Duration.between(leaf().getNotBefore().toInstant(), ends());
        double wholeSeconds = Math.max(1, whole.toSeconds());
        return Duration.between(now, ends()).toSeconds() / wholeSeconds;
    }

    @Override
    public String toString() {
        return files.certificate() + " " + names();
    }
}
