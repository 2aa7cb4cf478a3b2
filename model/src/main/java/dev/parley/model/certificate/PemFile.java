package dev.parley.model.certificate;

import dev.parley.model.FileName;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/**
 * A file of PEM blocks (RFC 7468), with whatever text may stand between them. At most {@value #MOST_BYTES} bytes.
 *
 * @param name as the configuration has it
 * @param blocks in the order of the file
 */
record PemFile(String name, List<Block> blocks) {
    static final int MOST_BYTES = 4 << 20;

    private static final String BEGIN = "-----BEGIN ";
    private static final String END = "-----END ";
    private static final String DASHES = "-----";

    /**
     * One block.
     *
     * @param label what it says that it is: {@code CERTIFICATE}
     */
    record Block(String label, byte[] der) {}

    static PemFile read(FileName file) throws UnusableCertificateException {
        String text = new String(bytes(file), StandardCharsets.ISO_8859_1);
        List<Block> blocks = new ArrayList<>();
        int at = text.indexOf(BEGIN);
        while (at >= 0) {
            int labelTo = text.indexOf(DASHES, at + BEGIN.length());
            String label = labelTo < 0 ? "" : text.substring(at + BEGIN.length(), labelTo);
            int end = labelTo < 0 ? -1 : text.indexOf(END + label + DASHES, labelTo);
            if (end < 0 || label.indexOf('\n') >= 0) {
                throw broken(file, "a block begins and does not end");
            }
            blocks.add(new Block(label, decode(file, text.substring(labelTo + DASHES.length(), end))));
            at = text.indexOf(BEGIN, end);
        }
        if (blocks.isEmpty()) {
            throw broken(file, "there is no block that begins with -----BEGIN");
        }
        return new PemFile(file.text(), blocks);
    }

    private static byte[] decode(FileName file, String body) throws UnusableCertificateException {
        if (body.contains("Proc-Type:") || body.contains("DEK-Info:")) {
            throw encrypted(file);
        }
        try {
            return Base64.getMimeDecoder().decode(body);
        } catch (IllegalArgumentException bad) {
            throw broken(file, "a block is not base64");
        }
    }

    private static byte[] bytes(FileName file) throws UnusableCertificateException {
        String fix = "Name a file that is there and that Parley may read.";
        try (InputStream in = Files.newInputStream(Path.of(file.text()))) {
            byte[] bytes = in.readNBytes(MOST_BYTES + 1);
            if (bytes.length > MOST_BYTES) {
                throw broken(file, "it is larger than 4 MiB");
            }
            return bytes;
        } catch (NoSuchFileException missing) {
            throw new UnusableCertificateException("file %s does not exist.".formatted(file), fix, missing);
        } catch (AccessDeniedException denied) {
            throw new UnusableCertificateException("file %s may not be read by Parley.".formatted(file), fix, denied);
        } catch (IOException | InvalidPathException unreadable) {
            throw new UnusableCertificateException(
                    "file %s cannot be read: %s.".formatted(file, unreadable.getMessage()), fix, unreadable);
        }
    }

    static UnusableCertificateException encrypted(FileName file) {
        return new UnusableCertificateException(
                "the key in %s is encrypted.".formatted(file),
                "Decrypt it (openssl pkey -in %s -out key.pem) and keep it readable by Parley alone.".formatted(file));
    }

    private static UnusableCertificateException broken(FileName file, String why) {
        return new UnusableCertificateException(
                "file %s is not PEM: %s.".formatted(file, why), "Give it in PEM, as text with -----BEGIN lines.");
    }
}
