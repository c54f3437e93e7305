using System.Text.Json;

namespace Mizzen.Cluster.Images;

/// <summary>
/// Which program of the host an image name stands for. The user's map is a JSON object in a file, <c>{"shop/cart": ["node", "cart.js"]}</c>,
/// read again for every container, so that a change needs no restart; the built-in names come with the program.
/// </summary>
public sealed class ImageMap(string file, IReadOnlyDictionary<string, IReadOnlyList<string>> builtIn)
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>The command of an image.</summary>
    /// <param name="image">The name, with or without registry and tag.</param>
    /// <exception cref="ImageNotMappedException">Nothing is known under that name.</exception>
    public IReadOnlyList<string> CommandOf(string image)
    {
        var user = ReadFile();
        foreach (var name in NamesOf(image))
        {
            if (user.TryGetValue(name, out var command) || builtIn.TryGetValue(name, out command))
            {
                return command;
            }
        }

        throw new ImageNotMappedException(
            $"image \"{image}\" is not mapped to a program of this host; map it with: mizzen image map {WithoutTag(image)} -- COMMAND");
    }

    /// <summary>Every name with its command; the user's first.</summary>
    public IReadOnlyList<(string Image, IReadOnlyList<string> Command, bool IsBuiltIn)> Entries() =>
    [
        .. ReadFile().Select(entry => (entry.Key, entry.Value, false)),
        .. builtIn.Select(entry => (entry.Key, entry.Value, true)),
    ];

    /// <summary>Maps a name for the user.</summary>
    public void Add(string image, IReadOnlyList<string> command)
    {
        var entries = ReadFile();
        entries[image] = command;
        Write(entries);
    }

    /// <summary>Forgets a name of the user's; false when it was not there.</summary>
    public bool Remove(string image)
    {
        var entries = ReadFile();
        var removed = entries.Remove(image);
        if (removed)
        {
            Write(entries);
        }

        return removed;
    }

    // "registry.example:5000/shop/cart:1.2@sha256:…" is also known without digest, without tag, and without registry.
    private static IEnumerable<string> NamesOf(string image)
    {
        yield return image;
        var name = image.Split('@')[0];
        yield return name;
        name = WithoutTag(name);
        yield return name;
        var slash = name.IndexOf('/', StringComparison.Ordinal);
        if (slash > 0 && (name[..slash].Contains('.') || name[..slash].Contains(':') || name[..slash] == "localhost"))
        {
            yield return name[(slash + 1)..];
        }
    }

    private static string WithoutTag(string image)
    {
        var colon = image.LastIndexOf(':');
        return colon > image.LastIndexOf('/') ? image[..colon] : image;
    }

    private Dictionary<string, IReadOnlyList<string>> ReadFile()
    {
        if (!File.Exists(file))
        {
            return [];
        }

        try
        {
            return JsonSerializer.Deserialize<Dictionary<string, IReadOnlyList<string>>>(File.ReadAllBytes(file)) ?? [];
        }
        catch (JsonException error)
        {
            throw new ImageNotMappedException($"{file} is not an image map, a JSON object of names with lists of words: {error.Message}");
        }
    }

    private void Write(Dictionary<string, IReadOnlyList<string>> entries)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(file))!);
        var next = file + ".next";
        File.WriteAllBytes(next, JsonSerializer.SerializeToUtf8Bytes(entries, Indented));
        File.Move(next, file, overwrite: true);
    }
}

/// <summary>No program is known for an image; the message says how to name one.</summary>
public sealed class ImageNotMappedException(string message) : Exception(message);
