/*
 * floor: does nothing, and is linked with the very libraries that hardrun is linked with (--no-as-needed): the least that an
 * exec of hardrun can cost.
 */
int main(void)
{
	return 0;
}
