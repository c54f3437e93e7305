namespace Mizzen.Tests.House;

/// <summary>Folders of a project may not point at each other in a circle, or the layers that their names promise are not there.</summary>
public sealed class FolderCycleTests
{
    public static TheoryData<string> Projects => ProjectArrowTests.Projects;

    [Theory]
    [MemberData(nameof(Projects))]
    public void The_folders_of_a_project_form_no_circle(string project)
    {
        var arrows = Arrows(project);
        foreach (var start in arrows.Keys)
        {
            var path = PathBack(arrows, start);
            Assert.True(path is null, $"{project}: {string.Join(" -> ", path ?? [])}");
        }
    }

    private static Dictionary<string, HashSet<string>> Arrows(string project)
    {
        var arrows = new Dictionary<string, HashSet<string>>(StringComparer.Ordinal);
        foreach (var file in SourceTree.CSharp(Path.Combine("src", project)))
        {
            var from = SourceTree.RoomOf(file).Folder;
            foreach (var used in SourceTree.OwnUsings(file).Where(name => name.StartsWith(project + ".", StringComparison.Ordinal)))
            {
                var to = used[(project.Length + 1)..].Split('.')[0];
                if (from.Length > 0 && to != from)
                {
                    arrows.TryAdd(from, []);
                    arrows[from].Add(to);
                }
            }
        }

        return arrows;
    }

    private static List<string>? PathBack(Dictionary<string, HashSet<string>> arrows, string start)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var paths = new Queue<List<string>>([[start]]);
        while (paths.TryDequeue(out var path))
        {
            foreach (var next in arrows.GetValueOrDefault(path[^1]) ?? [])
            {
                if (next == start)
                {
                    return [.. path, next];
                }

                if (seen.Add(next))
                {
                    paths.Enqueue([.. path, next]);
                }
            }
        }

        return null;
    }
}
