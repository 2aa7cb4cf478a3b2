package dev.parley.model.certificate;

import dev.parley.model.FileName;
import dev.parley.model.certificate.PemFile.Block;
import java.io.ByteArrayOutputStream;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;

/** Finds the private key in a PEM file. Java reads PKCS #8 only, so the older forms are put into its envelope. */
final class PrivateKeys {
    /** The algorithm identifier of RSA: rsaEncryption, NULL (RFC 8017 appendix A.1). */
    private static final byte[] RSA = {
        0x30, 0x0d, 0x06, 0x09, 0x2a, (byte) 0x86, 0x48, (byte) 0x86, (byte) 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00
    };
    /** The object identifier id-ecPublicKey (RFC 5480 section 2.1.1). */
    private static final byte[] EC = {0x06, 0x07, 0x2a, (byte) 0x86, 0x48, (byte) 0xce, 0x3d, 0x02, 0x01};

    private static final byte[] VERSION = {0x02, 0x01, 0x00};
    private static final int SEQUENCE = 0x30;
    private static final int OCTETS = 0x04;
    /** The parameters of an EC key: [0] EXPLICIT (RFC 5915 section 3). */
    private static final int EC_PARAMETERS = 0xa0;

    private PrivateKeys() {}

    /** The PKCS #8 encoding of the first key in a file. */
    static byte[] pkcs8(PemFile file) throws UnusableCertificateException {
        FileName name = new FileName(file.name());
        for (Block block : file.blocks()) {
            switch (block.label()) {
                case "PRIVATE KEY" -> {
                    return block.der();
                }
                case "RSA PRIVATE KEY" -> {
                    return join(SEQUENCE, VERSION, RSA, join(OCTETS, block.der()));
                }
                case "EC PRIVATE KEY" -> {
                    byte[] algorithm = join(SEQUENCE, EC, curve(name, block.der()));
                    return join(SEQUENCE, VERSION, algorithm, join(OCTETS, block.der()));
                }
                case "ENCRYPTED PRIVATE KEY" -> throw PemFile.encrypted(name);
                default -> {
                    // A certificate, or parameters, that stand in the same file.
                }
            }
        }
        throw new UnusableCertificateException(
                "file %s has no private key.".formatted(name), "Name the file with -----BEGIN PRIVATE KEY-----.");
    }

    /** Reads a key, and makes sure that it belongs to a certificate's. */
    static PrivateKey matching(PemFile file, byte[] pkcs8, PublicKey of, FileName certificate)
            throws UnusableCertificateException {
        try {
            PrivateKey key = KeyFactory.getInstance(of.getAlgorithm()).generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
            if (signs(key, of)) {
                return key;
            }
        } catch (InvalidKeyException | java.security.spec.InvalidKeySpecException other) {
            throw mismatch(file, certificate, other);
        } catch (GeneralSecurityException unusable) {
            throw new UnusableCertificateException(
                    "the key in %s cannot be used: %s.".formatted(file.name(), unusable.getMessage()),
                    "Use an ECDSA (P-256) or RSA key.",
                    unusable);
        }
        throw mismatch(file, certificate, null);
    }

    private static UnusableCertificateException mismatch(
            PemFile file, FileName certificate, @org.jspecify.annotations.Nullable Exception cause) {
        String what = "the key in %s does not belong to the certificate in %s.".formatted(file.name(), certificate);
        String fix = "Name the key that the certificate was made with.";
        return cause == null
                ? new UnusableCertificateException(what, fix)
                : new UnusableCertificateException(what, fix, cause);
    }

    private static boolean signs(PrivateKey key, PublicKey of) throws GeneralSecurityException {
        String algorithm = switch (of.getAlgorithm()) {
            case "EC" -> "SHA256withECDSA";
            case "RSA" -> "SHA256withRSA";
            case "RSASSA-PSS" -> "RSASSA-PSS";
            default -> of.getAlgorithm();
        };
        byte[] text = new byte[32];
        new SecureRandom().nextBytes(text);
        Signature signer = Signature.getInstance(algorithm);
        signer.initSign(key);
        signer.update(text);
        Signature verifier = Signature.getInstance(algorithm);
        verifier.initVerify(of);
        verifier.update(text);
        return verifier.verify(signer.sign());
    }

    /** The curve that a SEC 1 key names: the content of its element [0]. */
    private static byte[] curve(FileName name, byte[] sec1) throws UnusableCertificateException {
        try {
            int at = skipHeader(sec1, 0);
            while (at < sec1.length) {
                int body = skipHeader(sec1, at);
                int next = body + length(sec1, at);
                if ((sec1[at] & 0xff) == EC_PARAMETERS) {
                    return java.util.Arrays.copyOfRange(sec1, body, next);
                }
                at = next;
            }
        } catch (ArrayIndexOutOfBoundsException | IllegalArgumentException cut) {
            throw new UnusableCertificateException(
                    "the key in %s is broken.".formatted(name), "Give it as PKCS #8: openssl pkey -in key.pem.", cut);
        }
        throw new UnusableCertificateException(
                "the key in %s does not name its curve.".formatted(name),
                "Give it as PKCS #8: openssl pkey -in key.pem.");
    }

    private static int skipHeader(byte[] der, int at) {
        int first = der[at + 1] & 0xff;
        return at + 2 + (first < 0x80 ? 0 : first & 0x7f);
    }

    private static int length(byte[] der, int at) {
        int first = der[at + 1] & 0xff;
        if (first < 0x80) {
            return first;
        }
        int length = 0;
        for (int i = 0; i < (first & 0x7f); i++) {
            length = length << 8 | (der[at + 2 + i] & 0xff);
        }
        return length;
    }

    private static byte[] join(int tag, byte[]... parts) {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            body.writeBytes(part);
        }
        ByteArrayOutputStream whole = new ByteArrayOutputStream();
        whole.write(tag);
        int length = body.size();
        if (length < 0x80) {
            whole.write(length);
        } else {
            whole.write(0x82);
            whole.write(length >>> 8);
            whole.write(length);
        }
        whole.writeBytes(body.toByteArray());
        return whole.toByteArray();
    }
}
