package dev.parley.config;

import dev.parley.model.Configuration;
import dev.parley.model.FileName;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/**
 * The files that a configuration names, of certificates and keys: when one of them changes, the configuration has changed.
 *
 * @param files in the order of their names; they need not exist
 */
record References(List<Path> files) {
    static final References NONE = new References(List.of());

    /** Larger files are looked at by their first bytes: as many as the reader of certificates takes. */
    private static final int MOST_BYTES = 4 << 20;

    static References of(Optional<Configuration> configuration) {
        return new References(configuration.stream()
                .flatMap(known -> CertificateChecks.files(known).stream())
                .map(FileName::text)
                .distinct()
                .sorted()
                .flatMap(References::path)
                .toList());
    }

    private static java.util.stream.Stream<Path> path(String text) {
        try {
            return java.util.stream.Stream.of(Path.of(text));
        } catch (InvalidPathException noPath) {
            return java.util.stream.Stream.empty();
        }
    }

    /** What the system says of the files without reading them: another text than before where they may have changed. */
    String attributes() {
        StringBuilder attributes = new StringBuilder();
        files.forEach(file -> Sources.attributes(file, attributes));
        return attributes.toString();
    }

    /** Of their contents: another text where any of them is another, appeared or went. Empty where there are none. */
    String digest() {
        if (files.isEmpty()) {
            return "";
        }
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            for (Path file : files) {
                digest.update(content(file));
                digest.update((byte) 0);
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException impossible) {
            throw new LinkageError("Every Java has SHA-256.", impossible);
        }
    }

    private static byte[] content(Path file) {
        try (var in = Files.newInputStream(file)) {
            return in.readNBytes(MOST_BYTES);
        } catch (IOException unreadable) {
            return unreadable.getClass().getName().getBytes(java.nio.charset.StandardCharsets.UTF_8);
        }
    }
}
