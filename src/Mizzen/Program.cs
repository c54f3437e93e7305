Console.WriteLine("mizzen");
