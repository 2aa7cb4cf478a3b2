package dev.parley.model.certificate;

import dev.parley.model.FileName;
import dev.parley.model.certificate.PemFile.Block;
import java.io.ByteArrayInputStream;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;

/** Certificates that stand in PEM files by themselves: those of authorities. */
public final class Certificates {
    private Certificates() {}

    /**
     * All certificates of some files.
     *
     * @throws UnusableCertificateException where a file cannot be read, or has no certificate
     */
    public static List<X509Certificate> read(List<FileName> files) throws UnusableCertificateException {
        List<X509Certificate> all = new ArrayList<>();
        for (FileName file : files) {
            all.addAll(of(PemFile.read(file)));
        }
        return List.copyOf(all);
    }

    static List<X509Certificate> of(PemFile file) throws UnusableCertificateException {
        List<X509Certificate> certificates = new ArrayList<>();
        for (Block block : file.blocks()) {
            if (block.label().endsWith("CERTIFICATE")) {
                certificates.add(parse(file.name(), block.der()));
            }
        }
        if (certificates.isEmpty()) {
            throw new UnusableCertificateException(
                    "file %s has no certificate.".formatted(file.name()),
                    "Name the file with -----BEGIN CERTIFICATE-----.");
        }
        return certificates;
    }

    private static X509Certificate parse(String name, byte[] der) throws UnusableCertificateException {
        try {
            return (X509Certificate)
                    CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(der));
        } catch (CertificateException broken) {
            throw new UnusableCertificateException(
                    "a certificate in %s is broken: %s.".formatted(name, broken.getMessage()),
                    "Export it again, as PEM.",
                    broken);
        }
    }
}
