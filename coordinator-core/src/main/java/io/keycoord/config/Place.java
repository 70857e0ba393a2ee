package io.keycoord.config;

/**
 * A place in a configuration document.
 *
 * @param path such as {@code pools[0].accounts[2].id}; empty for the document itself
 * @param line counted from 1
 */
record Place(String path, int line) {

    Place field(String name, int fieldLine) {
        return new Place(path.isEmpty() ? name : path + "." + name, fieldLine);
    }

    Place element(int index, int elementLine) {
        return new Place(path + "[" + index + "]", elementLine);
    }

    /** For sentences: what this place is called. */
    String name() {
        return path.isEmpty() ? "the document" : path;
    }
}
