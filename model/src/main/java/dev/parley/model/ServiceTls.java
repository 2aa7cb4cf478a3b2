package dev.parley.model;

import java.util.List;
import java.util.Optional;

/** How a service's endpoints are spoken to over TLS. */
public record ServiceTls(
        @Setting("Files with the authorities that endpoints' certificates must come from; those that Java trusts"
                + " (its cacerts) where none is given.")
        List<FileName> ca,

        @Setting("The name that endpoints are asked for (SNI) and that their certificates must have; the host of an"
                + " endpoint's address where it is not given.")
        Optional<String> name,

        @Setting("The certificate that Parley shows to endpoints that ask for one (mutual TLS), with its key.")
        Optional<CertificateFiles> certificate,

        @Setting(value = "The oldest version that is spoken: 1.2 or 1.3.", def = "1.2", source = "Envoy, Mozilla")
        TlsVersion minVersion,

        @Setting(
                value = "full, which asks for a valid certificate with the right name; or off, which takes anybody's:"
                        + " whoever can reach the network in between can then read and change all of it.",
                def = "full")
        Verify verify) {

    /** What is asked of an endpoint's certificate. */
    public enum Verify {
        FULL,
        OFF
    }

    public ServiceTls {
        name.ifPresent(HostPattern::requireName);
        if (verify == Verify.OFF && !ca.isEmpty()) {
            throw new IllegalArgumentException(
                    "tls has a ca and verify: off, which does not look at it. Remove one of the two.");
        }
    }

    /** The short form is {@code on}: TLS with the authorities that Java trusts. */
    @FromText
    public static ServiceTls of(String text) {
        if (!text.equals("on")) {
            throw new IllegalArgumentException(
                    "tls is '%s'; it is on, or a map with ca, name, certificate, min_version".formatted(text)
                            + " and verify.");
        }
        return new ServiceTls(List.of(), Optional.empty(), Optional.empty(), TlsVersion.V1_2, Verify.FULL);
    }
}
