package dev.parley.config;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * The files of a configuration, read whole. Bounds: {@value #MOST_BYTES} bytes a file and {@value #MOST_FILES} files.
 *
 * @param paths of the files that could be read
 * @param digest of all names and contents, also of files with problems
 */
record Sources(List<Path> paths, List<Source> sources, String digest) {
    static final int MOST_BYTES = 16 << 20;
    static final int MOST_FILES = 1000;

    /** One text that is not in a file. */
    static Sources text(String name, String text) {
        Gathering gathering = new Gathering(new Findings());
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        gathering.digest(name, bytes);
        return new Sources(List.of(), List.of(new Source(name, 0, withoutMark(text))), gathering.hex());
    }

    /** A file, or the files directly in a folder whose names end with {@code .yaml}, {@code .yml} or {@code .json}. */
    static Sources read(Path fileOrFolder, Findings findings) {
        Gathering gathering = new Gathering(findings);
        if (Files.isDirectory(fileOrFolder)) {
            gathering.folder(fileOrFolder);
        } else {
            gathering.file(fileOrFolder);
        }
        return new Sources(List.copyOf(gathering.paths), List.copyOf(gathering.sources), gathering.hex());
    }

    /** What the system says of the files without reading them: another text than before where they may have changed. */
    static String attributes(Path fileOrFolder) {
        StringBuilder attributes = new StringBuilder();
        if (Files.isDirectory(fileOrFolder)) {
            try (Stream<Path> listing = Files.list(fileOrFolder)) {
                listing.filter(Gathering::isConfiguration).sorted().forEach(file -> attributes(file, attributes));
            } catch (IOException | UncheckedIOException unreadable) {
                attributes.append("unreadable");
            }
        } else {
            attributes(fileOrFolder, attributes);
        }
        return attributes.toString();
    }

    static void attributes(Path file, StringBuilder to) {
        try {
            BasicFileAttributes found = Files.readAttributes(file, BasicFileAttributes.class);
            to.append(file).append(' ').append(found.fileKey()).append(' ').append(found.size());
            to.append(' ')
                    .append(found.lastModifiedTime().to(TimeUnit.NANOSECONDS))
                    .append('\n');
        } catch (IOException missing) {
            to.append(file).append(" missing\n");
        }
    }

    private static String withoutMark(String text) {
        return text.startsWith("\uFEFF") ? text.substring(1) : text;
    }

    /** Reads file after file and notes what is in the way. */
    private static final class Gathering {
        final List<Path> paths = new ArrayList<>();
        final List<Source> sources = new ArrayList<>();
        private final Findings findings;
        private final MessageDigest sha;
        private int order;

        Gathering(Findings findings) {
            this.findings = findings;
            try {
                this.sha = MessageDigest.getInstance("SHA-256");
            } catch (NoSuchAlgorithmException impossible) {
                throw new AssertionError("Every JDK has SHA-256.", impossible);
            }
        }

        void folder(Path folder) {
            List<Path> files;
            try (Stream<Path> listing = Files.list(folder)) {
                files = listing.filter(Gathering::isConfiguration).sorted().toList();
            } catch (IOException e) {
                refuse(folder, "unreadable-file", "this folder cannot be read: " + reason(e) + ".", "Check its mode.");
                return;
            }
            if (files.isEmpty()) {
                refuse(
                        folder,
                        "empty-folder",
                        "this folder has no configuration in it.",
                        "Files directly in it are read whose names end with .yaml, .yml or .json.");
            } else if (files.size() > MOST_FILES) {
                refuse(
                        folder,
                        "too-many-files",
                        "this folder has %d files.".formatted(files.size()),
                        "At most %d are read. Join some of them.".formatted(MOST_FILES));
            } else {
                files.forEach(this::file);
            }
        }

        /** Hidden files are editors' swap files and the versions that Kubernetes keeps behind its symbolic links. */
        private static boolean isConfiguration(Path path) {
            String name = path.getFileName().toString();
            boolean ending = name.endsWith(".yaml") || name.endsWith(".yml") || name.endsWith(".json");
            return ending && !name.startsWith(".") && !Files.isDirectory(path);
        }

        void file(Path file) {
            if (Files.notExists(file)) {
                refuse(file, "missing-file", "there is no such file or folder.", "Check the path that was given.");
                return;
            }
            if (!Files.isRegularFile(file)) {
                refuse(file, "unreadable-file", "this is not a regular file.", "Give a file or a folder.");
                return;
            }
            byte[] bytes;
            try (var in = Files.newInputStream(file)) {
                bytes = in.readNBytes(MOST_BYTES + 1);
            } catch (IOException e) {
                refuse(
                        file,
                        "unreadable-file",
                        "this file cannot be read: " + reason(e) + ".",
                        "Check its mode, and the user that Parley runs as.");
                return;
            }
            digest(file.toString(), bytes);
            if (bytes.length > MOST_BYTES) {
                refuse(
                        file,
                        "file-too-large",
                        "this file is larger than %d MiB.".formatted(MOST_BYTES >> 20),
                        "Split it into several files in a folder.");
                return;
            }
            decode(file, bytes);
        }

        private void decode(Path file, byte[] bytes) {
            CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
            CharBuffer text = CharBuffer.allocate(bytes.length);
            CoderResult result = decoder.decode(ByteBuffer.wrap(bytes), text, true);
            text.flip();
            Source source = new Source(file.toString(), order++, withoutMark(text.toString()));
            if (result.isError()) {
                int line = 1 + (int) text.chars().filter(c -> c == '\n').count();
                findings.add(
                        new Place(source, line, text.length() - text.toString().lastIndexOf('\n')),
                        "not-utf-8",
                        "",
                        "a byte here is not UTF-8.",
                        "Configurations are UTF-8.",
                        "Save the file in that encoding.");
                return;
            }
            paths.add(file);
            sources.add(source);
        }

        private void refuse(Path path, String code, String what, String fix) {
            digest(path + "\0" + code, new byte[0]);
            findings.add(Place.whole(new Source(path.toString(), order++, "")), code, "", what, "", fix);
        }

        void digest(String name, byte[] bytes) {
            byte[] label = name.getBytes(StandardCharsets.UTF_8);
            sha.update(ByteBuffer.allocate(8)
                    .putInt(label.length)
                    .putInt(bytes.length)
                    .flip());
            sha.update(label);
            sha.update(bytes);
        }

        String hex() {
            return HexFormat.of().formatHex(sha.digest());
        }

        private static String reason(IOException e) {
            return e instanceof java.nio.file.AccessDeniedException
                    ? "permission is denied"
                    : String.valueOf(e.getMessage());
        }
    }
}
