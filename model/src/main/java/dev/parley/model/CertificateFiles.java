package dev.parley.model;

/** A certificate and its private key, as PEM files (RFC 7468). */
public record CertificateFiles(
        @Setting("The certificate, followed by those of intermediate authorities.")
        FileName certificate,

        @Setting("Its private key, not encrypted: PKCS #8, PKCS #1 or SEC 1.")
        FileName key) {

    /** The short form is one file that holds both. */
    @FromText
    public static CertificateFiles in(String file) {
        return new CertificateFiles(new FileName(file), new FileName(file));
    }
}
