using System.Globalization;

namespace Mizzen.Cluster.Node;

/// <summary>Which users and groups programs of this cluster can be: those that its user namespace has numbers for (user_namespaces(7)).</summary>
internal sealed class UserMap
{
    private readonly List<(long First, long Count)> _users;
    private readonly List<(long First, long Count)> _groups;

    /// <param name="users">Text of a <c>uid_map</c>.</param>
    /// <param name="groups">Text of a <c>gid_map</c>.</param>
    public UserMap(string users, string groups) => (_users, _groups) = (Parse(users), Parse(groups));

    /// <summary>What this process may give to others.</summary>
    public static UserMap Current { get; } = new(File.ReadAllText("/proc/self/uid_map"), File.ReadAllText("/proc/self/gid_map"));

    /// <summary>Null when a program can be that user, else what is in the way and what moves it.</summary>
    public string? Obstacle(ContainerUser wanted) => HasUser(wanted.User) && HasGroup(wanted.Group) && wanted.Groups.All(HasGroup)
        ? null
        : "the cluster belongs to an ordinary user and has no numbers for others; start mizzen as root, or install newuidmap (package uidmap) and give yourself numbers in /etc/subuid and /etc/subgid";

    public bool HasUser(long user) => Contains(_users, user);

    public bool HasGroup(long group) => Contains(_groups, group);

    private static bool Contains(List<(long First, long Count)> ranges, long number) =>
        ranges.Exists(range => number >= range.First && number < range.First + range.Count);

    private static List<(long First, long Count)> Parse(string map) =>
    [
        .. map.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Select(parts => (long.Parse(parts[0], CultureInfo.InvariantCulture), long.Parse(parts[2], CultureInfo.InvariantCulture))),
    ];
}
